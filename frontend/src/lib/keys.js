// The keyboard: off while typing, and switched off for good by the box in the list of keys (single letters only).
import { all, one, shown, typing } from './dom.js';
import { closePane, openPane } from './panes.js';
import { tick } from './list.js';
import { openPalette } from './palette.js';

const GO = { t: 'today', k: 'complaints', l: 'customers' };
let row = null, went = 0;

const rows = () => all('[data-lk-row]').filter(shown);
const opens = element => element.matches('[data-lk-open]') ? element : one('[data-lk-open]', element);

function current(list) {
  const focused = document.activeElement?.closest?.('[data-lk-row]');
  return list.indexOf(focused || (row?.isConnected ? row : list.find(item => item.matches('[aria-selected="true"], [aria-current="true"]'))));
}

function move(step) {
  const list = rows();
  if (!list.length) return false;
  const at = current(list);
  row = list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + step))];
  all('.lk-cur').forEach(other => other.classList.remove('lk-cur'));
  row.classList.add('lk-cur');
  const link = opens(row);
  link?.focus({ preventScroll: true });
  row.scrollIntoView({ block: 'nearest' });
  if (openPane() && link?.matches('[hx-get]')) link.click();
  return true;
}

function press(key) {
  const found = all(`[data-lk-key="${CSS.escape(key)}"]`).filter(shown);
  const target = found.find(element => element.closest('.lk-pane')) || found[0];
  if (!target) return false;
  const input = target.matches('label') ? one('input', target) : null;
  (input || target).click();
  if (target.matches('input, textarea, select')) target.focus();
  return true;
}

export function startKeys() {
  document.addEventListener('keydown', event => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if ((event.ctrlKey || event.metaKey) && key === 'k') { event.preventDefault(); openPalette(); return; }
    if ((event.ctrlKey || event.metaKey) && key === 'z' && !typing(event.target)) {
      const back = one('#lk-undo button');
      if (back) { event.preventDefault(); back.click(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (one('dialog[open]')) return;
    if (key === 'Escape') {
      if (typing(event.target)) event.target.blur(); else if (closePane()) event.preventDefault();
      return;
    }
    if (typing(event.target) || (document.documentElement.dataset.keys === 'off' && key.length === 1)) return;
    let done = true;
    const list = rows(), here = list[current(list)];
    if (went && GO[key] && Date.now() - went < 1500) one(`.lk-nav [data-lk-go="${GO[key]}"]`)?.click();
    else if (key === 'j') done = move(1);
    else if (key === 'k') done = move(-1);
    else if (key === 'x' && here) { const box = one('[data-lk-pick]', here); if (box) tick(box, event.shiftKey); }
    else if (key === 'Enter' && here && !event.target.closest('a, button, input, summary')) opens(here)?.click();
    else if (key === '/') openPalette();
    else if (key === '?') one('#lk-keys')?.showModal();
    else if (/^[1-5cndf]$/.test(key)) done = press(key);
    else done = false;
    went = key === 'g' ? Date.now() : 0;
    if (done) event.preventDefault();
  });
}
