// What is kept on the device, by name: shared by the page and the service worker.
export const DAY = 'lk-day-', FILES = 'lk-files', STAMP = 'X-Liuke-Keep';

/** The address a page is kept under; a fragment of it (part) under one of its own. */
export const addressOf = (path, part) => part ? `${path}${path.includes('?') ? '&' : '?'}lk-part=1` : path;

/** Drops what was kept for everybody but this user ("" for everybody). */
export async function keepOnly(user) {
  if (typeof caches === 'undefined') return;
  const others = (await caches.keys()).filter(name => name.startsWith(DAY) && name !== DAY + user);
  await Promise.all(others.map(name => caches.delete(name)));
}

export const forget = () => keepOnly('');
