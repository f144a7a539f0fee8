// Search and commands. The answer of the address in data-url is a fragment of links .lk-pal-it (role=option); the server decides what may be found.
import { all, one } from './dom.js';

const box = () => one('#lk-palette');
const items = () => all('.lk-pal-it', box());
let turn = 0, timer;

function choose(index) {
  const list = items();
  const at = (index + list.length) % list.length;
  list.forEach((item, i) => item.setAttribute('aria-selected', i === at));
  const item = list[at], input = one('input', box());
  if (!item) { input.removeAttribute('aria-activedescendant'); return; }
  item.id ||= `lk-pal-${at}`;
  input.setAttribute('aria-activedescendant', item.id);
  item.scrollIntoView({ block: 'nearest' });
}

const chosen = () => items().findIndex(item => item.getAttribute('aria-selected') === 'true');

async function ask(words) {
  const mine = ++turn, url = new URL(box().dataset.url, location.href);
  url.searchParams.set('q', words);
  url.searchParams.set('here', location.pathname + location.search);
  let html = '';
  try {
    const answer = await fetch(url, { headers: { 'HX-Request': 'true', 'HX-Target': 'lk-pal-list' }, credentials: 'same-origin' });
    if (mine !== turn) return; // overtaken by a later keystroke
    if (answer.ok) html = await answer.text();
  } catch { if (mine !== turn) return; }
  const list = one('#lk-pal-list');
  if (html) list.innerHTML = html; else list.replaceChildren(one('#lk-note-read').content.cloneNode(true));
  one('[data-lk-retry]', list)?.addEventListener('click', () => ask(words));
  list.setAttribute('role', items().length ? 'listbox' : 'group');
  all('h3', list).forEach(head => head.setAttribute('role', 'presentation'));
  items().forEach(item => { item.setAttribute('role', 'option'); item.tabIndex = -1; });
  choose(0);
}

export function openPalette(words = '') {
  const dialog = box();
  if (!dialog?.dataset.url || dialog.open) return;
  dialog.showModal();
  const input = one('input', dialog);
  input.value = words;
  input.focus();
  ask(words);
}

export function startPalette() {
  document.addEventListener('click', event => {
    // A line that opens a dialog of this page: panes.js shows it, here the palette makes room.
    if (event.target.closest('.lk-pal-it[data-lk-show]')) { event.preventDefault(); box().close(); one(`#${event.target.closest('.lk-pal-it').dataset.lkShow}`)?.focus(); return; }
    if (event.target.closest('[data-lk-palette]') && !event.ctrlKey && !event.metaKey) { event.preventDefault(); openPalette(); }
  });
  document.addEventListener('input', ({ target }) => {
    if (!target.closest('#lk-palette')) return;
    clearTimeout(timer);
    timer = setTimeout(() => ask(target.value), 250);
  });
  document.addEventListener('keydown', event => {
    if (!event.target.closest?.('#lk-palette') || event.isComposing) return;
    const at = chosen(), item = items()[at];
    if (event.key === 'ArrowDown') choose(at + 1);
    else if (event.key === 'ArrowUp') choose(at - 1);
    else if (event.key === 'Enter') {
      const fresh = one('[data-lk-new]', box());
      if ((event.ctrlKey || event.metaKey) && fresh) fresh.click(); else item?.click();
    } else if (event.key === 'Tab' && !event.shiftKey && item?.dataset.acts) ask(item.dataset.acts);
    else return;
    event.preventDefault();
  });
}
