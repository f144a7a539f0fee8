// A date field takes words; beside it a button opens the browser's own calendar, where it has one.
import { all } from './dom.js';

const ready = root => { if ('showPicker' in HTMLInputElement.prototype) all('[data-lk-calendar]', root).forEach(button => { button.hidden = false; }); };

export function startDates() {
  ready(document);
  document.addEventListener('htmx:load', ({ detail }) => ready(detail.elt));
  document.addEventListener('click', ({ target }) => {
    const button = target.closest('[data-lk-calendar]'), field = button?.parentElement.querySelector('input');
    if (!button) return;
    const picker = document.createElement('input');
    picker.type = 'date';
    picker.tabIndex = -1;
    picker.setAttribute('aria-hidden', 'true');
    if (/^\d{4}-\d\d-\d\d$/.test(field.value)) picker.value = field.value;
    picker.addEventListener('change', () => { field.value = picker.value; field.dispatchEvent(new Event('change', { bubbles: true })); field.focus(); });
    picker.addEventListener('blur', () => picker.remove());
    button.after(picker);
    picker.showPicker();
  });
}
