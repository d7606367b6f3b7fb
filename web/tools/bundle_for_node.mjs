/** Bundles a TypeScript program for Node: `node bundle_for_node.mjs PROGRAM.ts OUT.cjs`. WebAssembly is left out. */
import { build } from "esbuild";

const [program, out] = process.argv.slice(2);
await build({
  entryPoints: [program],
  outfile: out,
  bundle: true,
  platform: "node",
  format: "cjs",
  loader: { ".wasm": "empty" },
  logLevel: "error",
});
