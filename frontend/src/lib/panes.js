// The pane beside a list, dialogs, and the evidence that opens on hover. One pane at a time; closing gives focus back to what opened it.
import { all, one, shown } from './dom.js';

let opener = null;

export const openPane = () => all('.lk-pane[data-open], .lk-pane:not(:empty)').find(shown);

export function closePane() {
  const dialog = one('dialog[open]');
  if (dialog) { dialog.close(); return true; }
  const pane = openPane();
  const close = pane && one('[data-lk-close]', pane);
  if (!close) return false;
  // A link closes by its own address, so that going back and a shared link agree with what is seen.
  if (close.matches('a[href]')) close.click(); else { delete pane.dataset.open; pane.replaceChildren(); }
  all('[data-lk-row][aria-selected="true"]').forEach(row => row.setAttribute('aria-selected', 'false'));
  if (opener?.isConnected) opener.focus();
  return true;
}

export function startPanes() {
  document.addEventListener('htmx:beforeRequest', ({ detail }) => { if (detail.target?.closest?.('.lk-pane')) opener = detail.elt; });
  document.addEventListener('htmx:afterSettle', ({ detail }) => {
    const pane = detail.elt.closest?.('.lk-pane');
    if (!pane || !pane.childElementCount) return;
    pane.dataset.open = '';
    const row = opener?.closest?.('[data-lk-row]');
    if (!row) return;
    all('[data-lk-row]').forEach(other => {
      const here = other === row;
      if (other.matches('tr')) other.setAttribute('aria-selected', here); else { other.classList.toggle('lk-on', here); here ? other.setAttribute('aria-current', 'true') : other.removeAttribute('aria-current'); }
    });
  });

  document.addEventListener('click', event => {
    const close = event.target.closest('[data-lk-close]');
    if (close?.closest('dialog')) close.closest('dialog').close();
    else if (close && !close.matches('a[href]')) { event.preventDefault(); closePane(); }
    const show = event.target.closest('[data-lk-show]');
    if (show) { show.closest('[popover]')?.hidePopover?.(); document.getElementById(show.dataset.lkShow)?.showModal(); }
    if (event.target.matches('dialog[open]')) event.target.close();
    // A click anywhere on a row opens it, as its own link does.
    const row = event.target.closest('tr[data-lk-row]');
    if (row && !event.target.closest('a, button, input, label, select') && !String(getSelection())) one('[data-lk-open]', row)?.click();
  });
  document.addEventListener('htmx:afterSwap', ({ detail }) => {
    const dialog = detail.target?.closest?.('#lk-dialog');
    if (dialog && !dialog.open) dialog.showModal();
  });

  // Evidence: after 300 ms under the pointer or with the focus, or at once by a click, beside what it explains.
  let timer, hovered = null;
  const place = (button, pop) => {
    const at = button.getBoundingClientRect(), zoom = Number(getComputedStyle(document.body).zoom) || 1;
    if (!pop.matches(':popover-open')) pop.showPopover();
    const box = pop.getBoundingClientRect();
    const below = at.bottom + 6 + box.height < innerHeight;
    pop.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.width - 8)) / zoom}px`;
    pop.style.top = `${(below ? at.bottom + 6 : Math.max(8, at.top - box.height - 6)) / zoom}px`;
  };
  const hover = event => {
    const button = event.target.closest?.('[data-lk-hover]');
    if (!button) return;
    clearTimeout(timer);
    timer = setTimeout(() => { const pop = document.getElementById(button.dataset.lkHover); if (pop && !pop.matches(':popover-open')) { place(button, pop); hovered = pop; } }, 300);
  };
  // What the pointer opened goes when the pointer has left both; what a click or a key opened stays.
  const leave = event => {
    if (!hovered || event.target.closest?.(`[data-lk-hover="${hovered.id}"]`) || hovered.contains(event.target)) return;
    const pop = hovered;
    hovered = null;
    setTimeout(() => { if (!pop.matches(':hover') && !pop.contains(document.activeElement)) pop.hidePopover(); else hovered = pop; }, 250);
  };
  document.addEventListener('pointerover', hover);
  document.addEventListener('pointerover', leave);
  document.addEventListener('focusin', event => { if (event.target.matches?.(':focus-visible')) hover(event); });
  document.addEventListener('pointerout', event => { if (event.target.closest?.('[data-lk-hover]')) clearTimeout(timer); });
  document.addEventListener('toggle', event => {
    if (event.newState !== 'open' || !event.target.matches('.lk-pop')) return;
    // Placed at each opening: the list may have moved since the last.
    const button = one(`[data-lk-hover="${event.target.id}"], [popovertarget="${event.target.id}"]`);
    if (button) place(button, event.target);
  }, true);
}
