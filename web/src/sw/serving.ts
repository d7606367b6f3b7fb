/** What the service worker does to addresses and answers: pure, for tests. */

/** Cross-origin isolation, without which WebAssembly has no threads. */
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** For everything but the page itself, whose policy stands in it: workers take theirs from their own answer. TF.js starts its
 * threads from `blob:` addresses. */
const POLICY =
  "default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'";

/** Path of an address below the scope, null where it lies elsewhere; the folder itself is its index.html. */
export function pathIn(scope: string, address: string): string | null {
  const { origin, pathname } = new URL(address);
  const plain = origin + pathname;
  if (!plain.startsWith(scope)) return null;
  return decodeURI(plain.slice(scope.length)) || "index.html";
}

/** The same answer with the headers that isolate the page. Built anew, it is no longer a redirected one, which browsers
 * would refuse as a page. */
export function guarded(response: Response): Response {
  if (response.type === "opaque" || response.type === "error" || response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  if (!headers.get("Content-Type")?.includes("html")) headers.set("Content-Security-Policy", POLICY);
  if (headers.has("Content-Encoding")) headers.delete("Content-Length"); // that of the packed bytes
  headers.delete("Content-Encoding");
  const empty = response.status === 204 || response.status === 304;
  return new Response(empty ? null : response.body, { status: response.status, statusText: response.statusText, headers });
}

/** Where photos that another app shared wait for the page. */
export function sharedCache(scope: string): string {
  return `kenali ${new URL(scope).pathname} shared`;
}

/** Caches of other versions of this page; those of other pages of the same server are not its business. */
export function stale(names: readonly string[], prefix: string, current: string): string[] {
  return names.filter((name) => name.startsWith(prefix) && name !== current);
}
