// Ticking rows: one, a range, all; the bar over them counts along.
import { all, one } from './dom.js';

let last = null;

function refresh(scope) {
  const boxes = all('[data-lk-pick]', scope), ticked = boxes.filter(box => box.checked);
  const head = one('[data-lk-pick-all]', scope), bar = one('[data-lk-bulk]');
  if (head) { head.checked = ticked.length > 0 && ticked.length === boxes.length; head.indeterminate = ticked.length > 0 && ticked.length < boxes.length; }
  if (bar) { bar.hidden = !ticked.length; one('[data-lk-count]', bar).textContent = ticked.length.toLocaleString(); }
}

export function tick(box, range = false) {
  const boxes = all('[data-lk-pick]');
  box.checked = !box.checked;
  if (range && last?.isConnected) {
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    boxes.slice(from, to + 1).forEach(other => { other.checked = box.checked; });
  }
  last = box;
  refresh(document);
}

export function startList() {
  document.addEventListener('click', event => {
    const box = event.target.closest('[data-lk-pick]');
    if (box) {
      if (event.shiftKey) { box.checked = !box.checked; tick(box, true); }
      else { last = box; refresh(document); }
    }
    if (event.target.closest('[data-lk-unpick]')) { all('[data-lk-pick]').forEach(other => { other.checked = false; }); refresh(document); }
  });
  document.addEventListener('change', ({ target }) => {
    if (target.matches('[data-lk-pick-all]')) { all('[data-lk-pick]').forEach(box => { box.checked = target.checked; }); refresh(document); }
  });
  document.addEventListener('htmx:afterSettle', () => refresh(document));
  refresh(document);
}
