// Building a segment: what is typed is counted, and Enter in the search adds what was found first.
import { all, one } from './dom.js';

let awaited = '';

export function startSegments(htmx) {
  document.addEventListener('htmx:afterSettle', () => {
    const found = awaited && one(`#found-${awaited}`);
    if (found && found.dataset.lkAsked === one(`#find-${awaited}`)?.value.trim()) { awaited = ''; one('button', found)?.click(); }
  });
  const count = ({ target }) => {
    const form = target.closest?.('#lk-seg-form');
    if (form && !target.matches('[data-lk-find]')) htmx.trigger(form, 'lk-count');
  };
  document.addEventListener('input', count);
  document.addEventListener('change', count);
  document.addEventListener('keydown', event => {
    const find = event.target.closest?.('[data-lk-find]'), found = event.target.closest?.('.lk-seg-found');
    if (event.isComposing || !(find || found)) return;
    const list = all('button', find ? one(`#found-${find.id.slice(5)}`) : found), at = list.indexOf(event.target);
    if (event.key === 'Enter' && find) {
      // What was found may still be on its way.
      if (one(`#found-${find.id.slice(5)}`)?.dataset.lkAsked === find.value.trim()) list[0]?.click(); else awaited = find.id.slice(5);
    }
    else if (event.key === 'ArrowDown' || (found && event.key === 'ArrowRight')) list[Math.min(at + 1, list.length - 1)]?.focus();
    else if (found && (event.key === 'ArrowUp' || event.key === 'ArrowLeft')) (list[at - 1] || one(`#find-${found.id.slice(6)}`))?.focus();
    else return;
    event.preventDefault();
  });
}
