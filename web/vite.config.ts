import { defineConfig } from "vite";

export default defineConfig({
  base: "./", // any folder of any static server
  build: { target: "es2022", outDir: "dist", emptyOutDir: true, assetsInlineLimit: 0 },
  worker: { format: "es" },
});
