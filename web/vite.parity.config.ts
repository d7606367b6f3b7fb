/** The page that replays photos for `kenali export`: built by itself, because no export holds it. */

import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    target: "es2022",
    outDir: "../src/kenali/export/runner",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    rollupOptions: { input: "parity.html" },
  },
  worker: { format: "es" },
});
