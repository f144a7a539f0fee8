// Theme (auto, light, dark) and text size: kept on the device, applied by boot.js before the first paint.
import { all, one, store } from './dom.js';

const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');

function apply() {
  const theme = store.get('lk-theme');
  const dark = theme === 'dark' || (theme !== 'light' && system.matches);
  root.dataset.bsTheme = dark ? 'dark' : 'light';
  if (store.get('lk-text') === 'large') root.dataset.text = 'large'; else delete root.dataset.text;
  document.dispatchEvent(new CustomEvent('lk:theme'));
}

export function startLook() {
  const mark = () => {
    for (const [name, plain] of [['lk-theme', 'auto'], ['lk-text', 'normal']])
      all(`input[name="${name}"]`).forEach(input => { input.checked = input.value === (store.get(name) || plain); });
    const keys = one('[data-lk-keys-on]');
    if (keys) keys.checked = store.get('lk-keys') !== 'off';
  };
  mark();
  document.addEventListener('htmx:load', mark);
  document.addEventListener('change', ({ target }) => {
    if (target.matches('[data-lk-theme], [data-lk-text]')) { store.set(target.name, target.value); apply(); }
    if (target.matches('[data-lk-keys-on]')) store.set('lk-keys', target.checked ? 'on' : 'off');
  });
  system.addEventListener('change', apply);
}
