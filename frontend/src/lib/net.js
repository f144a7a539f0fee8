// Answers: 422 and 409 are swapped in like any other (see htmx-config); here is what to do when there is none, or the wrong one.
import { all, one } from './dom.js';
import { wait } from './line.js';

const template = id => document.getElementById(id)?.content.firstElementChild?.cloneNode(true);

/** Puts a note beside what it is about: in the form, else where the nearest [data-lk-notes] is, else on top of the page. */
function say(source, kind, again) {
  if (source?.closest?.('[data-lk-quiet]')) return; // nobody asked for it: it comes again by itself
  const note = template(`lk-note-${kind}`);
  if (!note) return;
  note.dataset.lkFailure = '';
  const place = source?.closest?.('form') || source?.closest?.('[data-lk-notes]') || one('#lk-notes');
  clear(source);
  place.append(note);
  note.querySelector('[data-lk-retry]')?.addEventListener('click', () => { note.remove(); again?.(); });
}

function clear(source) {
  const place = source?.closest?.('form, [data-lk-notes]');
  all('[data-lk-failure]', place || one('#lk-notes') || document).forEach(note => note.remove());
}

function repeat(htmx, { elt, requestConfig }) {
  const event = requestConfig?.triggeringEvent;
  if (elt.matches('form')) elt.requestSubmit(event?.submitter?.isConnected ? event.submitter : undefined);
  else htmx.trigger(elt, event?.type || 'click');
}

export function startNet(htmx) {
  const timers = new WeakMap();

  document.addEventListener('htmx:beforeRequest', ({ detail }) => {
    const pressed = detail.requestConfig.triggeringEvent?.submitter || detail.elt.closest('.lk-btn');
    pressed?.classList.add('lk-busy');
    clear(detail.elt);
    // After 300 ms the fragment shows its skeleton, if the page has one for it; until then nothing changes.
    const skeleton = document.getElementById(detail.target?.dataset?.lkSkeleton)?.content;
    if (skeleton) {
      timers.set(detail.xhr, { timer: setTimeout(() => {
        const before = [...detail.target.childNodes];
        detail.target.replaceChildren(skeleton.cloneNode(true));
        timers.set(detail.xhr, { before, target: detail.target });
      }, 300) });
    }
  });

  document.addEventListener('htmx:afterRequest', ({ detail }) => {
    all('.lk-busy').forEach(button => button.classList.remove('lk-busy'));
    const waiting = timers.get(detail.xhr);
    if (waiting?.timer) clearTimeout(waiting.timer);
    if (waiting?.before && !detail.successful) waiting.target.replaceChildren(...waiting.before);
  });

  const waits = detail => detail.elt.matches('form[data-lk-queue]') && wait(detail.elt, detail.requestConfig.parameters);
  const lost = ({ detail }) => waits(detail) || say(detail.elt, detail.requestConfig?.verb === 'get' ? 'read' : 'offline', () => repeat(htmx, detail));
  document.addEventListener('htmx:sendError', lost);
  document.addEventListener('htmx:timeout', lost);
  document.addEventListener('htmx:responseError', event => {
    const { detail } = event, { status } = detail.xhr;
    if (status === 401 || (status === 403 && detail.xhr.getResponseHeader('HX-Login'))) say(detail.elt, 'login');
    else if (status >= 500) say(detail.elt, detail.requestConfig.verb === 'get' ? 'read' : 'server', () => repeat(htmx, detail));
    else if (status !== 404 || detail.requestConfig.verb !== 'get') say(detail.elt, 'refused');
    else say(detail.elt, 'read', () => repeat(htmx, detail));
  });

  // After a swap the eye and the keyboard are at what changed; a form that came back with errors has its first one focused.
  document.addEventListener('htmx:afterSettle', ({ detail }) => {
    const wrong = detail.elt.querySelector?.('[aria-invalid="true"]');
    if (wrong) wrong.focus();
  });
}
