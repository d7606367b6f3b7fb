/** The pages of `kenali serve` itself: they live at /admin, /login and /live of its server. */

import { defineConfig } from "vite";

export default defineConfig({
  base: "/admin/",
  publicDir: false,
  build: {
    target: "es2022",
    outDir: "../src/kenali/serve/admin",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ["admin.html", "login.html", "live.html"] },
  },
});
