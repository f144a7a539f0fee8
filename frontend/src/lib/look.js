// The theme (auto, light, dark) is kept on the device and applied by boot.js before the first paint. Text size and keys are the user's own:
// their forms send them to the server, which writes them on <html>; here they only take effect at once.
import { all, store } from './dom.js';

const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');

function apply() {
  const theme = store.get('lk-theme');
  const dark = theme === 'dark' || (theme !== 'light' && system.matches);
  root.dataset.bsTheme = dark ? 'dark' : 'light';
  document.dispatchEvent(new CustomEvent('lk:theme'));
}

export function startLook() {
  const mark = () => {
    all('input[name="lk-theme"]').forEach(input => { input.checked = input.value === (store.get('lk-theme') || 'auto'); });
  };
  mark();
  document.addEventListener('htmx:load', mark);
  document.addEventListener('change', ({ target }) => {
    if (target.matches('[data-lk-theme]')) { store.set(target.name, target.value); apply(); }
    if (target.matches('[data-lk-text]')) {
      if (target.value === 'large') root.dataset.text = 'large'; else delete root.dataset.text;
      all('[data-lk-text]').forEach(input => { input.checked = input.value === target.value; });
    }
    if (target.matches('[data-lk-keys-on]')) {
      if (target.checked) delete root.dataset.keys; else root.dataset.keys = 'off';
      all('[data-lk-keys-on]').forEach(box => { box.checked = target.checked; });
    }
  });
  system.addEventListener('change', apply);
}
