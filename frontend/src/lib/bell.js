// The bell, and whatever else says hx-trigger="lk-look", asks for news while its page is looked at; never behind another window, and no more
// once the log-in has run out.
import { all } from './dom.js';

const EVERY = 30_000;

export function startBell(htmx) {
  let asked = Date.now(), over = false;
  const look = () => {
    if (over || document.visibilityState !== 'visible' || Date.now() - asked < EVERY - 500) return;
    asked = Date.now();
    all('[hx-trigger="lk-look"]').forEach(one => htmx.trigger(one, 'lk-look'));
  };
  setInterval(look, EVERY);
  document.addEventListener('visibilitychange', look);
  document.addEventListener('htmx:responseError', ({ detail }) => { over ||= detail.elt.matches('[hx-trigger="lk-look"]') && detail.xhr.status === 401; });
}
