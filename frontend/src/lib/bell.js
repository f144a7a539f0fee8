// The bell asks for news while its page is looked at; never behind another window, and no more once the log-in has run out.
import { one } from './dom.js';

const EVERY = 30_000;

export function startBell(htmx) {
  let asked = Date.now(), over = false;
  const look = () => {
    const bell = one('#lk-bell');
    if (!bell || over || document.visibilityState !== 'visible' || Date.now() - asked < EVERY - 500) return;
    asked = Date.now();
    htmx.trigger(bell, 'lk-look');
  };
  setInterval(look, EVERY);
  document.addEventListener('visibilitychange', look);
  document.addEventListener('htmx:responseError', ({ detail }) => { over ||= detail.elt.id === 'lk-bell' && detail.xhr.status === 401; });
}
