/** The page of `benchmarks/browser.py`; no export holds it. */

import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0, rollupOptions: { input: `${import.meta.dirname}/latency.html` } },
});
