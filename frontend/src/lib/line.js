// A lost connection: outcomes that could not be sent wait on this device under their sender's name, and go out in order, each once (the
// server knows them by their key). What it does not take any more is told, with what was written. The day itself is kept by sw.js.
import { all, one, shown, store, typing } from './dom.js';
import { DAY, STAMP, addressOf, forget, keepOnly } from './kept.js';

const QUEUE = 'lk-queue:', SENT = 'lk-sent', FETCHED = 'lk-fetched', AGAIN = 10 * 60e3, TRY = 20e3;
const LATER = new Set([401, 403, 408, 429, 502, 503, 504]);
const user = () => document.body.dataset.user || '';
const words = name => one('#lk-line')?.dataset[name] || '';
const session = { get(key) { try { return sessionStorage.getItem(key); } catch { return null; } }, set(key, value) { try { sessionStorage.setItem(key, value); } catch { /* switched off */ } }, drop(key) { try { sessionStorage.removeItem(key); } catch { /* as above */ } } };

function waiting() {
  try { return JSON.parse(store.get(QUEUE + user()) || '[]'); } catch { return []; }
}

/** Whether the device has taken it: a note that is nowhere must not be called kept. */
function put(list) {
  const text = JSON.stringify(list);
  if (list.length) store.set(QUEUE + user(), text); else store.drop(QUEUE + user());
  return !list.length || store.get(QUEUE + user()) === text;
}

const change = (key, how) => put(waiting().flatMap(item => item.key === key ? how(item) : [item]));

function element(tag, cls, text) {
  const made = document.createElement(tag);
  made.className = cls;
  made.textContent = text;
  return made;
}

function button(text, act) {
  const made = element('button', 'lk-btn lk-sm', text);
  made.type = 'button';
  made.addEventListener('click', () => act(made));
  return made;
}

function draw(sent = 0) {
  const line = one('#lk-line');
  if (!line) return;
  const list = waiting(), open = list.filter(item => !item.said), told = list.filter(item => item.said);
  const parts = [];
  if (!navigator.onLine) parts.push(element('p', 'lk-s13', words('offline').replace('{time}', line.dataset.at)));
  if (open.length) parts.push(element('b', 'lk-wire-n', words('wait').replace('{n}', open.length)));
  if (sent) parts.push(element('p', 'lk-s13', words('sent').replace('{n}', sent)));
  for (const item of told) {
    const block = element('div', 'lk-wire-told', '');
    block.append(element('p', 'lk-s13', `${item.name}：${item.said}`));
    if (item.fields.note) {
      block.append(element('p', 'lk-s13 lk-m', words('wrote').replace('{note}', item.fields.note)));
      block.append(button(words('copy'), made => navigator.clipboard?.writeText(item.fields.note).then(() => { made.textContent = words('copied'); })));
    }
    // Its key is the same, so that what was taken in spite of the fault is not done twice.
    if (item.failed) block.append(button(words('again'), () => { change(item.key, ({ said, failed, ...rest }) => [rest]); draw(); send(); }));
    block.append(button(words('ok'), () => { change(item.key, () => []); draw(); }));
    parts.push(block);
  }
  line.replaceChildren(...parts);
  line.hidden = !parts.length;
  // On a telephone it stands over the open task, which begins below it.
  document.documentElement.style.setProperty('--lk-wire', `${line.offsetHeight}px`);
  for (const item of open) document.getElementById(item.row)?.classList.add('lk-done', 'lk-waits');
}

/** After an outcome that waits: the next task that does not, as after one that went out. */
function goOn(form) {
  const rows = all('#lk-today .lk-l [data-lk-row]'), at = rows.findIndex(row => row.id === form.dataset.lkRowOf);
  const left = [...rows.slice(at + 1), ...rows.slice(0, Math.max(at, 0))].find(row => shown(row) && !row.matches('.lk-done'));
  form.replaceChildren(element('p', 'lk-s13 lk-m', words('wait').replace('{n}', waiting().filter(item => !item.said).length)));
  // Its link may be a plain one (what must not wait): without a network only what is fetched as a part is there.
  const link = left && (left.matches('[hx-get]') ? left : one('[hx-get]', left) || one('[data-lk-open]', left));
  if (link) link.click();
}

/** The outcome of this form waits from now on; false where the device keeps nothing. */
export function wait(form, parameters) {
  const fields = {};
  for (const [name, value] of parameters instanceof FormData ? parameters.entries() : Object.entries(parameters)) if (name !== 'csrfmiddlewaretoken') fields[name] = String(value);
  if (!user() || !fields.key) return false;
  const list = waiting();
  if (!list.some(item => item.key === fields.key) && !put([...list, { key: fields.key, url: form.getAttribute('action'), fields, at: Date.now(), name: form.dataset.lkQueue, row: form.dataset.lkRowOf }])) return false;
  draw();
  goOn(form);
  return true;
}

async function post(item) {
  const headers = { 'X-CSRFToken': JSON.parse(document.body.getAttribute('hx-headers') || '{}')['X-CSRFToken'] || '', Accept: 'application/json', 'HX-Request': 'true' };
  const answer = await fetch(item.url, { method: 'POST', headers, body: new URLSearchParams({ ...item.fields, at: item.at }) });
  if (answer.ok) return () => [];
  if (answer.status === 409) { const { said } = await answer.json(); return () => [{ ...item, said }]; }
  if (answer.status === 404 || answer.status === 400) return () => [{ ...item, said: words('gone') || '404' }];
  // To log in again, or nobody is there to answer: that is the same for all of them, and they wait on.
  if (LATER.has(answer.status)) return null;
  // The server has tripped over this one: it is told and kept, and those behind it are not held back.
  return () => [{ ...item, said: words('failed') || String(answer.status), failed: true }];
}

let busy = false;
async function send() {
  if (busy || !user() || !waiting().some(item => !item.said)) return;
  busy = true;
  const work = async () => {
    let sent = 0;
    for (const item of waiting().filter(each => !each.said)) {
      let how = null;
      try { how = await post(item); } catch { /* still no network */ }
      if (!how) break;
      change(item.key, how);
      if (!how().length) sent += 1;
    }
    return sent;
  };
  // Two windows of one reader do not send the same at once; the server would take it once all the same.
  const sent = await (navigator.locks ? navigator.locks.request('lk-queue', work) : work()).finally(() => { busy = false; });
  draw(sent);
  if (sent && one('#lk-today') && !typing(document.activeElement)) { session.set(SENT, String(sent)); location.reload(); }
}

/** Fetches once what the list leads to: each task with the four steps of its script, and the cards that are out. */
async function fetchDay() {
  const own = one('[data-lk-line]');
  if (!own || !navigator.onLine || typeof caches === 'undefined' || !navigator.serviceWorker?.controller || own.dataset.mine === undefined) return;
  const done = JSON.parse(session.get(FETCHED) || '{}'), cache = await caches.open(DAY + user());
  const fresh = address => Date.now() - (done[address] || 0) < AGAIN;
  const note = address => { done[address] = Date.now(); session.set(FETCHED, JSON.stringify(done)); };
  const get = async address => { if (fresh(address)) return null; const answer = await fetch(address); if (answer.ok) note(address); return answer.ok ? answer : null; };
  try {
    const page = await get('/today/');
    if (page?.headers.get(STAMP)) await cache.put('/today/', page);
    const links = all('#lk-today .lk-l [data-lk-row]:not(.lk-done)').map(row => (row.matches('a') ? row : one('[data-lk-open]', row))?.getAttribute('href'));
    for (const href of links.filter(each => each?.startsWith('/today/'))) {
      const answer = await get(`${href}?keep=1`), stamp = answer?.headers.get(STAMP);
      if (!stamp) continue;
      const { parts, cards } = await answer.json();
      for (const [step, html] of Object.entries(parts)) await cache.put(addressOf(step ? `${href}?step=${step}` : href, true), new Response(html, { headers: { 'Content-Type': 'text/html; charset=utf-8', [STAMP]: stamp } }));
      for (const card of cards) { const kept = await get(card); if (kept?.headers.get(STAMP)) await cache.put(card, kept); }
    }
  } catch { /* the network went meanwhile: what is there is there */ }
}

export function startLine() {
  keepOnly(user()).catch(() => {});
  if (!user()) return;
  draw(Number(session.get(SENT) || 0));
  session.drop(SENT);
  document.addEventListener('submit', ({ target }) => { if (target.closest('[data-lk-bye], #lk-mine') || target.getAttribute('action')?.includes('logout')) { forget(); session.drop(FETCHED); } });
  addEventListener('online', () => { draw(); send(); });
  addEventListener('offline', () => draw());
  document.addEventListener('htmx:afterSettle', () => draw());
  setInterval(send, TRY);
  send();
  const own = one('[data-lk-line]');
  if (own && navigator.serviceWorker) {
    navigator.serviceWorker.register(own.dataset.lkLine).catch(() => {});
    navigator.serviceWorker.ready.then(() => setTimeout(fetchDay, 1500));
    navigator.serviceWorker.addEventListener('controllerchange', () => setTimeout(fetchDay, 1500));
  }
}
