// Without a network: the own day, its scripts and the cards one has out stay readable, for the reader they were sent to and until the
// time the server named (X-Liuke-Keep: "user until"). Nothing without that header is kept. Outcomes wait in the page (lib/line.js).
import { DAY, FILES, STAMP, addressOf, forget, keepOnly } from './lib/kept.js';

const EMPTY = '<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>没有网络</title><h1>没有网络</h1><p>这一页没有存在这台设备上。</p><p lang="en">No network, and this page is not kept on this device.</p><p><a href="/today/">今日</a></p>';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', event => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith('/static/dist/')) event.respondWith(file(request, url));
  else if (request.mode === 'navigate' || url.pathname.startsWith('/today/')) event.respondWith(page(event, request, url));
});

// Names of built files change with what is in them: what is kept is right, and the one before it goes.
async function file(request, url) {
  const cache = await caches.open(FILES), kept = await cache.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    const stem = url.pathname.replace(/-[^-]+$/, '-');
    for (const old of await cache.keys()) if (new URL(old.url).pathname.startsWith(stem)) await cache.delete(old);
    await cache.put(request, answer.clone());
  }
  return answer;
}

async function page(event, request, url) {
  const part = request.headers.get('HX-Request') === 'true', address = addressOf(url.pathname + url.search, part);
  try {
    const answer = await fetch(request);
    const [user, until] = (answer.headers.get(STAMP) || '').split(' ');
    if (answer.ok && until) event.waitUntil(keep(address, answer.clone(), user, event));
    else if (url.pathname.startsWith('/accounts/login')) event.waitUntil(forget());
    return answer;
  } catch (lost) {
    const kept = await find(address) || (!part && url.pathname.startsWith('/today/') && await find('/today/'));
    if (kept) return kept;
    if (request.mode !== 'navigate') throw lost;
    return new Response(EMPTY, { status: 503, headers: { 'Content-Type': 'text/html; charset=utf-8' } });
  }
}

// What a page asked for that is gone by now, its reader perhaps too, is not kept: it would come after the next one's page has tidied up.
async function keep(address, answer, user, { request, clientId }) {
  if (request.mode !== 'navigate' && !(await self.clients.get(clientId))) return;
  await keepOnly(user);
  await (await caches.open(DAY + user)).put(address, answer);
}

async function find(address) {
  for (const name of (await caches.keys()).filter(each => each.startsWith(DAY))) {
    const cache = await caches.open(name), kept = await cache.match(address, { ignoreVary: true });
    if (!kept) continue;
    if (Number((kept.headers.get(STAMP) || '').split(' ')[1]) * 1000 > Date.now()) return kept;
    await cache.delete(address, { ignoreVary: true });
  }
  return undefined;
}
