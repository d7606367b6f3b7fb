import { expect, test } from "vitest";

import { guarded, pathIn, sharedCache, stale } from "../../src/sw/serving";

const scope = "https://example.org/minerals/";

test("paths are those below the page's folder", () => {
  expect(pathIn(scope, scope)).toBe("index.html");
  expect(pathIn(scope, `${scope}?lang=id#x`)).toBe("index.html");
  expect(pathIn(scope, `${scope}model/weights.bin`)).toBe("model/weights.bin");
  expect(pathIn(scope, "https://example.org/tyres/index.html")).toBeNull();
});

test("answers isolate the page and keep what they hold", async () => {
  const page = guarded(new Response("<p>", { headers: { "Content-Type": "text/html; charset=utf-8" } }));
  expect(page.headers.get("Cross-Origin-Opener-Policy")).toBe("same-origin");
  expect(page.headers.get("Cross-Origin-Embedder-Policy")).toBe("require-corp");
  expect(page.headers.get("Content-Security-Policy")).toBeNull();
  expect(await page.text()).toBe("<p>");
  const script = guarded(new Response("1", { headers: { "Content-Encoding": "gzip", "Content-Length": "21" } }));
  expect(script.headers.get("Content-Length")).toBeNull();
  expect(script.headers.get("Content-Security-Policy")).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:/);
  expect(guarded(new Response(null, { status: 404, statusText: "Not Found" })).status).toBe(404);
});

test("shared photos wait in a cache of this page alone", () => {
  expect(sharedCache(scope)).toBe("kenali /minerals/ shared");
});

test("only this page's earlier versions are stale", () => {
  expect(stale(["kenali /minerals/ 1", "kenali /minerals/ 2", "kenali /tyres/ 1", "other"], "kenali /minerals/ ", "kenali /minerals/ 2")).toEqual([
    "kenali /minerals/ 1",
  ]);
});
