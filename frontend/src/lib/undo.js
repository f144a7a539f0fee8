// The line after an act goes after 8 seconds; it waits while the pointer or the focus is on it.
import { all } from './dom.js';

const LIFE = 8000, STEP = 250;
const left = new WeakMap();

export function startUndo() {
  setInterval(() => {
    for (const line of all('[data-lk-undo]')) {
      if (line.matches(':hover') || line.contains(document.activeElement) || document.hidden) continue;
      const rest = (left.get(line) ?? LIFE) - STEP;
      left.set(line, rest);
      if (rest <= 0) line.remove();
    }
  }, STEP);
}
