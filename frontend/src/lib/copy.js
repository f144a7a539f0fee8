// A button that copies a text and says so. Without the right to the clipboard (plain http) the text is selected instead.
export function startCopy() {
  document.addEventListener('click', async (event) => {
    const button = event.target.closest?.('[data-lk-copy]');
    const text = button && document.getElementById(button.dataset.lkCopy);
    if (!text) return;
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(text.innerText);
      const label = button.querySelector('span') ?? button;
      label.textContent = button.dataset.lkCopied;
    } catch {
      getSelection().selectAllChildren(text);
    }
  });
}
