/** The service worker: keeps the page and its model for use without network, and serves them isolated.
 *
 * `kenali export` writes one line before it: `const KENALI = {"version": ..., "files": {path: SHA-256}}`. Another version is
 * another text of `sw.js`, which is how browsers notice it. A version is kept whole or not at all: each file is checked
 * against its SHA-256, and an earlier version stays in use until the reader takes the new one or closes the page.
 */

import { guarded, pathIn, stale } from "./sw/serving";

interface Version {
  version: string;
  files: Record<string, string>;
}

declare const KENALI: Version;
declare const self: ServiceWorkerGlobalScope & typeof globalThis;

const scope = self.registration.scope;
const prefix = `kenali ${new URL(scope).pathname} `;
const cacheName = prefix + KENALI.version;

self.addEventListener("install", (event) => {
  // The first version takes over at once and keeps its files when the page asks; a later one must be whole before it counts.
  event.waitUntil(self.registration.active ? keepAll() : self.skipWaiting());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(stale(names, prefix, cacheName).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("message", (event) => {
  const { kind } = event.data as { kind: "keep" | "use" };
  if (kind === "use") event.waitUntil(self.skipWaiting());
  if (kind !== "keep") return;
  const kept = keepAll().then(
    () => true,
    () => false,
  );
  event.waitUntil(kept.then((whole) => event.ports[0]?.postMessage({ kept: whole })));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  event.respondWith(serve(event));
});

/** From the cache, or from the network and then kept; always with the headers of isolation. */
async function serve(event: FetchEvent): Promise<Response> {
  const path = pathIn(scope, event.request.url);
  const known = path !== null && path in KENALI.files;
  const cache = await caches.open(cacheName);
  const kept = known ? await cache.match(addressOf(path)) : undefined;
  if (kept) return guarded(kept);
  const response = await fetch(event.request);
  if (known && response.ok) event.waitUntil(keep(cache, path, response.clone()).catch(() => undefined));
  return guarded(response);
}

/** Keeps every file of this version that is not kept yet. Rejects where one cannot be had as it should be. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(cacheName);
  for (const path of Object.keys(KENALI.files)) {
    if (await cache.match(addressOf(path))) continue;
    const earlier = await fromEarlier(path);
    if (earlier && (await keep(cache, path, earlier).then(() => true, () => false))) continue;
    await keep(cache, path, await fetch(addressOf(path), { cache: "no-cache" }));
  }
}

/** The file in the cache of an earlier version, so that what did not change is not loaded again. */
async function fromEarlier(path: string): Promise<Response | undefined> {
  for (const name of stale(await caches.keys(), prefix, cacheName)) {
    const found = await (await caches.open(name)).match(addressOf(path));
    if (found) return found;
  }
  return undefined;
}

/** Keeps a response if it is, byte for byte, the file that this version lists. */
async function keep(cache: Cache, path: string, response: Response): Promise<void> {
  const body = await response.clone().arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (!response.ok || found !== KENALI.files[path]) throw new Error(`${path} is not the file of this version`);
  await cache.put(addressOf(path), response);
}

function addressOf(path: string): string {
  return new URL(path, scope).href;
}
