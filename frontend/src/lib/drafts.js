// What is being written ([data-lk-draft="key"]) is kept on this device every 2 seconds until it has been sent, at most a week, and forgotten on sign-out.
import { all, one, store } from './dom.js';

const PREFIX = 'lk-draft:', WEEK = 7 * 864e5;
const dirty = new Set();

function keep() {
  for (const field of dirty) {
    if (field.value.trim()) store.set(PREFIX + field.dataset.lkDraft, JSON.stringify({ text: field.value, at: Date.now() }));
    else store.drop(PREFIX + field.dataset.lkDraft);
  }
  dirty.clear();
}

function restore(root) {
  for (const field of all('[data-lk-draft]', root)) {
    if (field.value || field.dataset.lkRestored) continue;
    let draft;
    try { draft = JSON.parse(store.get(PREFIX + field.dataset.lkDraft) || 'null'); } catch { draft = null; }
    if (!draft?.text) continue;
    field.value = draft.text;
    field.dataset.lkRestored = '';
    const note = one('#lk-note-draft')?.content.firstElementChild.cloneNode(true);
    if (!note) continue;
    field.after(note);
    one('[data-lk-retry]', note).addEventListener('click', () => { field.value = ''; store.drop(PREFIX + field.dataset.lkDraft); note.remove(); field.focus(); });
  }
}

export function startDrafts() {
  for (const key of store.keys().filter(name => name.startsWith(PREFIX))) {
    let at = 0;
    try { at = JSON.parse(store.get(key)).at; } catch { /* unreadable: dropped below */ }
    if (Date.now() - at > WEEK) store.drop(key);
  }
  document.addEventListener('input', ({ target }) => { if (target.dataset?.lkDraft) dirty.add(target); });
  setInterval(keep, 2000);
  addEventListener('pagehide', keep);
  const forget = form => all('[data-lk-draft]', form).forEach(field => { dirty.delete(field); store.drop(PREFIX + field.dataset.lkDraft); });
  document.addEventListener('htmx:afterRequest', ({ detail }) => { if (detail.successful && detail.elt.matches('form')) forget(detail.elt); });
  document.addEventListener('submit', ({ target, defaultPrevented }) => {
    keep();
    // Signing out leaves nothing that was written about a customer on a shared machine.
    if (target.closest('#lk-mine')) store.keys().filter(name => name.startsWith(PREFIX)).forEach(store.drop);
    // A plain submit (no fragment): kept until the next page shows that it went through, by not offering the field again.
    else if (!defaultPrevented && !target.matches('[hx-post], [hx-put], [hx-patch]')) setTimeout(() => forget(target), 0);
  });
  restore(document);
  document.addEventListener('htmx:load', ({ detail }) => restore(detail.elt));
}
