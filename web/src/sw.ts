/** The service worker: keeps the page and its model for use without network, and serves them isolated.
 *
 * `kenali export` writes one line before it: `const KENALI = {"version": ..., "files": {path: SHA-256}}`. Another version is
 * another text of `sw.js`, which is how browsers notice it. A version is kept whole or not at all: each file is checked
 * against its SHA-256, and an earlier version stays in use until the reader takes the new one or closes the page.
 */

import { guarded, pathIn, sharedCache, stale } from "./sw/serving";

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
  const { kind } = event.data as { kind: "keep" | "shared" | "use" };
  const answer = (value: unknown): void => event.ports[0]?.postMessage(value);
  if (kind === "use") event.waitUntil(self.skipWaiting());
  if (kind === "shared") event.waitUntil(shared().then(answer));
  if (kind === "keep") {
    event.waitUntil(
      keepAll().then(
        () => answer(true),
        () => answer(false),
      ),
    );
  }
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "POST" && pathIn(scope, request.url) === "share") event.respondWith(takeShared(request));
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

/** Photos that a phone's "share" sends to the app: they wait in a cache until the page, opened next, takes them. */
async function takeShared(request: Request): Promise<Response> {
  const photos = (await request.formData()).getAll("photos").filter((part) => part instanceof File);
  const cache = await caches.open(sharedCache(scope));
  for (const [n, photo] of photos.entries()) {
    await cache.put(addressOf(`share/${n}/${encodeURIComponent(photo.name)}`), new Response(photo));
  }
  return Response.redirect(`${scope}?shared`, 303);
}

/** The photos that wait, handed over once: names and contents. */
async function shared(): Promise<{ name: string; photo: Blob }[]> {
  if (!(await caches.has(sharedCache(scope)))) return [];
  const cache = await caches.open(sharedCache(scope));
  const photos = await Promise.all(
    (await cache.keys()).map(async (request) => ({
      name: decodeURIComponent(request.url.slice(request.url.lastIndexOf("/") + 1)),
      photo: await ((await cache.match(request)) as Response).blob(),
    })),
  );
  await caches.delete(sharedCache(scope));
  return photos;
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
