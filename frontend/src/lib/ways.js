// Reading questions out: what an answer jumps over is put away, and is back as it was when the answer changes.
import { all, one } from './dom.js';

function way(form) {
  let to = '';
  for (const each of all('[data-lk-way]', form)) {
    if (to === each.dataset.lkWay) to = '';
    each.hidden = !!to;
    for (const field of all('input, textarea, select', each)) field.disabled = !!to;
    const said = !to && each.dataset.lkJumps && one('input:checked', each)?.value;
    if (said) to = JSON.parse(each.dataset.lkJumps)[said] || '';
  }
}

export function startWays() {
  const look = () => { for (const form of new Set(all('[data-lk-way]').map(each => each.closest('form')))) way(form); };
  document.addEventListener('change', ({ target }) => { if (target.closest?.('[data-lk-way]')) way(target.form); });
  for (const event of ['htmx:afterSettle', 'pageshow']) addEventListener(event, look);
  look();
}
