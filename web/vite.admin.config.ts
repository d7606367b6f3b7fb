/** The pages of `kenali serve` for people who look after it: they live at /admin and /login of its server. */

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
    rollupOptions: { input: ["admin.html", "login.html"] },
  },
});
