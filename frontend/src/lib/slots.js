// Writing words with slots: a click puts the slot where the words were being written.
let last = null;

export function startSlots() {
  document.addEventListener('focusin', ({ target }) => { if (target.matches?.('[data-lk-words]')) last = target; });
  document.addEventListener('click', ({ target }) => {
    const chip = target.closest?.('[data-lk-slot]');
    if (!chip || !last?.isConnected) return;
    const at = last.selectionStart ?? last.value.length;
    last.setRangeText(chip.dataset.lkSlot, at, last.selectionEnd ?? at, 'end');
    last.focus();
    last.dispatchEvent(new Event('input', { bubbles: true }));
  });
}
