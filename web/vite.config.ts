import { defineConfig } from "vite";

export default defineConfig({
  base: "./", // any folder of any static server
  build: {
    target: "es2022",
    outDir: "../src/kenali/export/page", // shipped in the wheel; `kenali export --to web` copies it
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: "index.html", sw: "src/sw.ts" },
      // The service worker's address must stay the same; all else is named by its content.
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  worker: { format: "es" },
});
