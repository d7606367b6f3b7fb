/** A tiny real export in memory: a convolution, its mean, a linear head and class activation maps, three classes. */

import type { ReadFile } from "../../src/model";
import { sha256 } from "../../src/model";
import type { PageManifest, Pixels, StoredWeight } from "../../src/types";

export const SIDE = 8;
export const DEPTH = 5;
export const CLASSES = 3;

type Encoding = StoredWeight["encoding"];

export interface Files {
  [name: string]: Uint8Array<ArrayBuffer>;
}

/** Numbers that look random and are always the same, within 1 of `middle`. */
export function numbers(count: number, seed: number, middle = 0): Float32Array {
  return Float32Array.from({ length: count }, (_, n) => middle + Math.sin(seed * 37.7 + n * 12.9898) * Math.cos(n * 4.1 + seed));
}

export const KERNEL = numbers(3 * 3 * 3 * DEPTH, 1).map((value) => value / 100);
export const HEAD = numbers(DEPTH * CLASSES, 2).map((value) => value / 2);
export const BIAS = numbers(CLASSES, 3);

export const MANIFEST: PageManifest = {
  format: 1,
  name: "tiny",
  class_names: ["red", "green", "blue"],
  preprocessing: { image_size: [SIDE, SIDE], resize: "squash", crop_pct: 1, interpolation: "bilinear", channels: 3 },
  calibration: { method: "temperature", temperature: 0.8 },
  thresholds: { novelty: null, ambiguous: 0.4, reject: 0.05, held_out: 20, choices: [{ reject: 0.1, novelty: 0.5, ambiguous: 0.6 }] },
  sets: { coverage: 0.9, least: 0.2 },
  outputs: ["logits", "novelty", "maps", "features", "feature_map"],
  precision: "float32",
  bundle_sha256: "",
  weights_sha256: "",
  head: { weight: "head.weight", bias: "head.bias", prototypes: null },
};

/** The files of `model/`, the kernel stored as `encoding`, without maps unless they are wanted. */
export async function files(encoding: Encoding = "float32", maps = true): Promise<Files> {
  const weights: [string, number[], Float32Array | Int32Array, Encoding][] = [
    ["kernel", [3, 3, 3, DEPTH], KERNEL, encoding],
    ["head.weight", [DEPTH, CLASSES], HEAD, "float32"],
    ["head.bias", [CLASSES], BIAS, "float32"],
    ["maps.weight", [1, 1, DEPTH, CLASSES], HEAD, "float32"],
    ["places", [2], Int32Array.of(1, 2), "int32"],
    ["depth", [1], Int32Array.of(1), "int32"],
  ];
  const { stored, file } = store(weights);
  const manifest = {
    ...MANIFEST,
    outputs: maps ? MANIFEST.outputs : MANIFEST.outputs.filter((name) => !name.includes("map")),
    weights_sha256: await sha256(file),
  };
  const model = {
    format: "graph-model",
    generatedBy: "tests",
    convertedBy: null,
    modelTopology: { node: nodes(weights), versions: { producer: 1 } },
    weightsManifest: [{ paths: ["weights.bin"], weights: stored.map(({ name, shape, dtype }) => ({ name, shape, dtype })) }],
  };
  return { "kenali.json": text(manifest), "model.json": text(model), "weights.json": text(stored), "weights.bin": file };
}

export function reader(some: Files): ReadFile {
  return (name, progress) => {
    progress?.(some[name]?.length ?? 0);
    return Promise.resolve(some[name] ?? null);
  };
}

export function photo(seed: number): Pixels {
  const data = Uint8Array.from(numbers(SIDE * SIDE * 3, seed), (value) => 128 + 127 * value);
  return { height: SIDE, width: SIDE, channels: 3, data };
}

/** The feature map (3, 3, DEPTH) by plain arithmetic: a 3 x 3 convolution, two pixels a step, and a rectifier. */
export function featureMapOf({ data }: Pixels, kernel = KERNEL): Float32Array {
  const map = new Float32Array(3 * 3 * DEPTH);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      for (let d = 0; d < DEPTH; d++) {
        let sum = 0;
        for (let y = 0; y < 3; y++) {
          for (let x = 0; x < 3; x++) {
            for (let c = 0; c < 3; c++) sum += data[((2 * i + y) * SIDE + 2 * j + x) * 3 + c] * kernel[((y * 3 + x) * 3 + c) * DEPTH + d];
          }
        }
        map[(i * 3 + j) * DEPTH + d] = Math.max(0, sum);
      }
    }
  }
  return map;
}

export function featuresOf(map: Float32Array): Float32Array {
  return Float32Array.from({ length: DEPTH }, (_, d) => map.filter((_, n) => n % DEPTH === d).reduce((a, b) => a + b, 0) / 9);
}

export function logitsOf(features: Float32Array): Float32Array {
  return BIAS.map((bias, c) => features.reduce((sum, value, d) => sum + value * HEAD[d * CLASSES + c], bias));
}

function nodes(weights: [string, number[], Float32Array | Int32Array, Encoding][]): object[] {
  const type = (name: string) => ({ type: name });
  const dims = (shape: number[]) => ({ shape: { dim: shape.map((size) => ({ size: String(size) })) } });
  const ints = (...values: number[]) => ({ list: { i: values.map(String) } });
  const conv = (name: string, input: string, kernel: string, stride: number) => ({
    name,
    op: "Conv2D",
    input: [input, kernel],
    attr: { T: type("DT_FLOAT"), strides: ints(1, stride, stride, 1), padding: { s: btoa("VALID") }, data_format: { s: btoa("NHWC") }, dilations: ints(1, 1, 1, 1) },
  });
  const mean = (name: string, input: string, axes: string) => ({ name, op: "Mean", input: [input, axes], attr: { T: type("DT_FLOAT"), keep_dims: { b: false } } });
  return [
    { name: "pixels", op: "Placeholder", attr: { dtype: type("DT_FLOAT"), ...dims([-1, SIDE, SIDE, 3]) } },
    ...weights.map(([name, shape, , encoding]) => ({ name, op: "Const", attr: { dtype: type(encoding === "int32" ? "DT_INT32" : "DT_FLOAT"), value: { tensor: { dtype: encoding === "int32" ? "DT_INT32" : "DT_FLOAT", tensorShape: dims(shape).shape } } } })),
    conv("convolved", "pixels", "kernel", 2),
    { name: "feature_map", op: "Relu", input: ["convolved"], attr: { T: type("DT_FLOAT") } },
    mean("features", "feature_map", "places"),
    { name: "product", op: "MatMul", input: ["features", "head.weight"], attr: { T: type("DT_FLOAT"), transpose_a: { b: false }, transpose_b: { b: false } } },
    { name: "logits", op: "AddV2", input: ["product", "head.bias"], attr: { T: type("DT_FLOAT") } },
    mean("novelty", "features", "depth"),
    conv("maps", "feature_map", "maps.weight", 1),
  ];
}

function store(weights: [string, number[], Float32Array | Int32Array, Encoding][]): { stored: StoredWeight[]; file: Uint8Array<ArrayBuffer> } {
  const bytes: number[] = [];
  const put = (values: Float32Array | Int32Array | Int8Array | Uint16Array) => {
    const offset = bytes.length;
    bytes.push(...new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return offset;
  };
  const stored = weights.map(([name, shape, values, encoding]): StoredWeight => {
    const dtype = encoding === "int32" ? "int32" : "float32";
    if (encoding === "float16") return { name, shape, dtype, encoding, offset: put(Uint16Array.from(values, half)) };
    if (encoding !== "int8") return { name, shape, dtype, encoding, offset: put(values) };
    const k = shape[shape.length - 1];
    const scales = Float32Array.from({ length: k }, (_, j) => Math.max(...Array.from(values).filter((_, n) => n % k === j).map(Math.abs)) / 127);
    return { name, shape, dtype, encoding, offset: put(Int8Array.from(values, (value, n) => Math.round(value / scales[n % k]))), scale_offset: put(scales) };
  });
  return { stored, file: Uint8Array.from(bytes) };
}

/** The nearest float16's bits of a number that is not huge. */
function half(value: number): number {
  const exponent = value === 0 ? -15 : Math.floor(Math.log2(Math.abs(value)));
  if (exponent < -14) return (value < 0 ? 0x8000 : 0) + Math.round(Math.abs(value) * 2 ** 24);
  const fraction = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024);
  return (value < 0 ? 0x8000 : 0) + ((exponent + 15) << 10) + fraction;
}

function text(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value)) as Uint8Array<ArrayBuffer>;
}
