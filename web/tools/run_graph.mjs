/**
 * Runs graph models under TensorFlow.js in Node, for the tests of the exporter: `node run_graph.mjs BACKEND JOBS.json`.
 *
 * JOBS.json is a list of { model, input, shape, outputs, out }: the folder of model.json, a file of float32 numbers and their
 * shape (n, h, w, c), the outputs wanted, and the folder for OUTPUT.bin, float32. Prints a list, in the same order, of
 * { shapes, milliseconds } or { error }.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs-core");
const { loadGraphModel } = require("@tensorflow/tfjs-converter");

const [backend, listing] = process.argv.slice(2);
if (backend === "wasm") {
  const wasm = require("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(dirname(require.resolve("@tensorflow/tfjs-backend-wasm")) + "/");
} else {
  require("@tensorflow/tfjs-backend-cpu");
}
tf.env().set("PROD", true);
await tf.setBackend(backend);
if (tf.getBackend() !== backend) throw new Error(`TensorFlow.js has no backend ${backend} here`);

const results = [];
for (const job of JSON.parse(readFileSync(listing, "utf8"))) {
  try {
    results.push(await run(job));
  } catch (error) {
    results.push({ error: String(error.message ?? error) });
  }
}
console.log(JSON.stringify(results));

async function run({ model: folder, input, shape, outputs, out }) {
  const model = await loadGraphModel({ load: async () => artifacts(folder) });
  const pixels = tf.tensor(floats(readFileSync(input)), shape, "float32");
  const answers = tf.tidy(() => [model.execute({ [model.inputs[0].name]: pixels }, outputs)].flat());
  const started = performance.now();
  tf.dispose(tf.tidy(() => [model.execute({ [model.inputs[0].name]: pixels }, outputs)].flat()).map((one) => (one.dataSync(), one)));
  const milliseconds = performance.now() - started;
  mkdirSync(out, { recursive: true });
  const shapes = {};
  answers.forEach((answer, index) => {
    shapes[outputs[index]] = answer.shape;
    const data = Float32Array.from(answer.dataSync());
    writeFileSync(join(out, `${outputs[index]}.bin`), Buffer.from(data.buffer));
  });
  tf.dispose([pixels, ...answers]);
  model.dispose();
  return { shapes, milliseconds };
}

/** What `model.json` and `weights.bin` hold, expanded where there is a `weights.json`. */
function artifacts(folder) {
  const { modelTopology, signature, weightsManifest, format } = JSON.parse(readFileSync(join(folder, "model.json"), "utf8"));
  const [{ paths, weights: weightSpecs }] = weightsManifest;
  const numbers = readFileSync(join(folder, paths[0]));
  let listing = null;
  try {
    listing = JSON.parse(readFileSync(join(folder, "weights.json"), "utf8"));
  } catch {
    // a plain export, whose numbers TensorFlow.js reads itself
  }
  const weightData = listing ? Buffer.concat(listing.map((stored) => expanded(numbers, stored))) : numbers;
  return { modelTopology, signature, format, weightSpecs, weightData: bufferOf(weightData) };
}

/** The float32 or int32 bytes that a StoredWeight (web/src/types.ts) stands for. */
function expanded(numbers, { shape, encoding, offset, scale_offset }) {
  const size = shape.reduce((a, b) => a * b, 1);
  if (encoding === "float32" || encoding === "int32") return numbers.subarray(offset, offset + 4 * size);
  const values = new Float32Array(size);
  if (encoding === "float16") {
    for (let i = 0; i < size; i++) values[i] = half(numbers.readUInt16LE(offset + 2 * i));
  } else {
    const channels = shape.at(-1);
    const scales = floats(numbers.subarray(scale_offset, scale_offset + 4 * channels));
    for (let i = 0; i < size; i++) values[i] = numbers.readInt8(offset + i) * scales[i % channels];
  }
  return Buffer.from(values.buffer);
}

function half(bits) {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}

function bufferOf(bytes) {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

function floats(bytes) {
  return new Float32Array(bufferOf(bytes));
}
