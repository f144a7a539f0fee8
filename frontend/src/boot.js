// Before the first paint: the theme as chosen on this device, so that nothing flashes. The size of text comes from the server.
const root = document.documentElement;
let stored = {};
try {
  stored = { theme: localStorage.getItem('lk-theme') };
} catch { /* storage is switched off: the defaults hold */ }
const dark = stored.theme === 'dark' || (stored.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
root.dataset.bsTheme = dark ? 'dark' : 'light';
