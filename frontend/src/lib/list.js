// Ticking rows: one, a range, all on the page, all of the list; the bar over them counts along and adds up what is at risk.
import { all, one } from './dom.js';

let last = null;
const yuan = cents => `¥${Math.round(cents / 100).toLocaleString('en')}`;

function refresh(scope) {
  const boxes = all('[data-lk-pick]', scope), ticked = boxes.filter(box => box.checked);
  const head = one('[data-lk-pick-all]', scope), bar = one('[data-lk-bulk]');
  const every = ticked.length > 0 && ticked.length === boxes.length;
  if (head) { head.checked = every; head.indeterminate = ticked.length > 0 && !every; }
  if (!bar) return;
  const whole = one('[data-lk-whole]', bar), box = one('[data-lk-all]', bar);
  if (whole) { whole.hidden = !every; if (!every) box.checked = false; }
  const taken = Boolean(box?.checked);
  // The whole list goes by its conditions: no ids are sent, and acts for ticked rows only step aside.
  boxes.forEach(other => { other.disabled = taken; });
  all('[data-lk-picked]', bar).forEach(button => { button.hidden = taken; });
  bar.hidden = !ticked.length;
  one('[data-lk-count]', bar).textContent = (taken ? Number(bar.dataset.total) : ticked.length).toLocaleString('en');
  const sum = one('[data-lk-sum]', bar);
  if (sum) {
    const cents = taken ? Number(bar.dataset.cents) : ticked.reduce((so, other) => so + Number(other.dataset.cents || 0), 0);
    sum.textContent = cents ? sum.dataset.lkSum.replace('{n}', yuan(cents)) : '';
  }
}

export function tick(box, range = false) {
  const boxes = all('[data-lk-pick]');
  if (box.disabled) return;
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
    if (event.target.closest('[data-lk-unpick]')) {
      all('[data-lk-pick], [data-lk-all]').forEach(other => { other.checked = false; });
      refresh(document);
    }
  });
  document.addEventListener('change', ({ target }) => {
    if (target.matches('[data-lk-pick-all]')) {
      const whole = one('[data-lk-all]');
      if (whole && !target.checked) whole.checked = false;
      all('[data-lk-pick]').forEach(box => { box.disabled = false; box.checked = target.checked; });
      refresh(document);
    }
    if (target.matches('[data-lk-all]')) refresh(document);
  });
  document.addEventListener('htmx:afterSettle', () => refresh(document));
  addEventListener('pageshow', () => refresh(document)); // back again: the browser puts the ticks back
  refresh(document);
}
