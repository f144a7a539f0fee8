// Before the first paint: theme and text size as chosen on this device, so that nothing flashes or moves.
const root = document.documentElement;
let stored = {};
try {
  stored = { theme: localStorage.getItem('lk-theme'), text: localStorage.getItem('lk-text') };
} catch { /* storage is switched off: the defaults hold */ }
const dark = stored.theme === 'dark' || (stored.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
root.dataset.bsTheme = dark ? 'dark' : 'light';
if (stored.text === 'large') root.dataset.text = 'large';
