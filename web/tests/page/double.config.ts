import { resolve } from "node:path";
import { defineConfig } from "vite";

const web = resolve(import.meta.dirname, "../..");

/** The page with the worker's stand-in, for looking at it: `npx vite build --config tests/page/double.config.ts`. */
export default defineConfig({
  root: web,
  base: "./",
  plugins: [
    {
      name: "double",
      enforce: "pre",
      transform: (code, id) =>
        id.endsWith("/src/main.ts") ? code.replace("./worker.ts", "../tests/page/double.ts") : null,
    },
  ],
  build: { target: "es2022", outDir: "dist", emptyOutDir: true, assetsInlineLimit: 0, rollupOptions: { input: { index: "index.html" } } },
  worker: { format: "es" },
});
