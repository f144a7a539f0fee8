// Clocks count down on the page without asking the server: minutes, and seconds in the last one. The tone changes at one third and at zero.
import { all, one } from './dom.js';

function words(seconds) {
  const say = one('#lk-words')?.dataset;
  if (!say) return '';
  if (seconds <= 0) return say.gone;
  const minutes = Math.ceil(seconds / 60), fill = (text, values) => text.replace(/\{(\w)\}/g, (_, key) => values[key]);
  if (seconds < 60) return fill(say.seconds, { n: Math.ceil(seconds) });
  if (minutes < 60) return fill(say.minutes, { n: minutes });
  if (minutes < 48 * 60) return fill(say.hours, { h: Math.floor(minutes / 60), m: minutes % 60 });
  return fill(say.days, { n: Math.floor(minutes / 1440) });
}

function tick() {
  for (const clock of all('[data-lk-due]')) {
    const rest = (Date.parse(clock.dataset.lkDue) - Date.now()) / 1000, total = Number(clock.dataset.lkTotal) * 60;
    if (Number.isNaN(rest)) continue;
    const text = words(rest), tone = rest <= 0 ? 'lk-bad' : total && rest <= total / 3 ? 'lk-bad' : 'lk-warn';
    if (text && clock.textContent !== text) clock.textContent = text;
    if (!clock.classList.contains(tone)) { clock.classList.remove('lk-bad', 'lk-warn'); clock.classList.add(tone); }
  }
}

export function startClocks() {
  tick();
  setInterval(tick, 1000);
  document.addEventListener('htmx:load', tick);
}
