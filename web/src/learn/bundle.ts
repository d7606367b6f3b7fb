/** The learned model as a bundle: what `kenali predict` opens. Format 1, see `docs/bundle.md`. */

import { zipSync } from "fflate";

import { sha256 } from "../model/sha256";
import type { PageManifest, StoredWeight } from "../types";
import { type Initializer, bytesOf, withInitializers } from "./onnx";
import type { LearnedHead } from "./head";
import { neighbours } from "./prototypes";

/** What the names of initializers from `weights.bin` begin with in `rebuild.onnx`. */
const STORED = "stored.";
const BYTES = { float32: 4, float16: 2, int8: 1, int32: 4 };

/** `rebuild.onnx` with its missing weights: those of `weights.bin` called `missing`, and the head and prototypes learned. */
export function modelOf(
  rebuild: Uint8Array,
  stored: StoredWeight[],
  weights: Uint8Array,
  missing: string[],
  head: LearnedHead,
): Uint8Array<ArrayBuffer> {
  const byName = new Map(stored.map((weight) => [weight.name, weight]));
  const constants = missing.flatMap((name) => {
    const weight = byName.get(name);
    if (!weight) throw new Error(`weights.json lacks ${name}, which rebuild.onnx asks for`);
    return asStored(weight, weights);
  });
  return withInitializers(rebuild, [...constants, ...asLearned(head)]);
}

/** A weight as it lies in `weights.bin`; `rebuild.onnx` expands it. */
function asStored(weight: StoredWeight, file: Uint8Array): Initializer[] {
  const { name, shape, encoding, offset } = weight;
  const count = shape.reduce((product, side) => product * side, 1);
  const bytes = file.subarray(offset, offset + count * BYTES[encoding]);
  const numbers: Initializer = { name: STORED + name, shape, type: encoding, bytes };
  if (weight.scale_offset === undefined) return [numbers];
  const channels = shape.at(-1) ?? 1;
  const scales = file.subarray(weight.scale_offset, weight.scale_offset + 4 * channels);
  return [numbers, { name: `${STORED}${name}.scale`, shape: [channels], type: "float32", bytes: scales }];
}

/** What the graph calls the head (k, d) and (k,), the prototypes (d, m), and how many of these count. */
function asLearned({ linear, prototypes }: LearnedHead): Initializer[] {
  const { features: d, classes: k } = linear;
  return [
    { name: "head.weight", shape: [k, d], type: "float32", bytes: bytesOf(turned(linear.weight, d, k)) },
    { name: "head.bias", shape: [k], type: "float32", bytes: bytesOf(linear.bias) },
    {
      name: "novelty.prototypes",
      shape: [d, prototypes.count],
      type: "float32",
      bytes: bytesOf(turned(prototypes.unit, prototypes.count, d)),
    },
    {
      name: "novelty.neighbours",
      shape: [1],
      type: "int64",
      bytes: bytesOf(BigInt64Array.of(BigInt(neighbours(prototypes)))),
    },
  ];
}

/** A matrix (rows, columns) as (columns, rows). */
export function turned(values: Float32Array, rows: number, columns: number): Float32Array {
  const other = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) other[j * rows + i] = values[i * columns + j];
  return other;
}

/** What a bundle's manifest says beyond the page's own. */
export interface Origin {
  name: string;
  outputs: string[];
  golden: number;
  parameters: number;
  provenance: Record<string, unknown>;
}

/** A ZIP that holds the bundle's files in a folder of its name, its manifest with a checksum of every other file. */
export async function zipOf(
  files: Record<string, Uint8Array<ArrayBuffer>>,
  manifest: PageManifest,
  origin: Origin,
): Promise<Uint8Array<ArrayBuffer>> {
  const records: Record<string, { sha256: string; size: number }> = {};
  for (const name of Object.keys(files).sort()) {
    records[name] = { sha256: await sha256(files[name]), size: files[name].length };
  }
  const document = {
    format: 1,
    name: origin.name,
    class_names: manifest.class_names,
    preprocessing: manifest.preprocessing,
    calibration: manifest.calibration,
    thresholds: manifest.thresholds,
    sets: manifest.sets,
    outputs: origin.outputs,
    golden: { count: origin.golden, photographed: false },
    parameters: origin.parameters,
    provenance: origin.provenance,
    files: records,
  };
  const all = { ...files, "kenali.json": textBytes(JSON.stringify(document, null, 1) + "\n") };
  const packed = Object.entries(all).map(([name, bytes]) => [
    `${origin.name}/${name}`,
    [bytes, { level: name.endsWith(".json") || name.endsWith(".csv") ? 6 : 0 }],
  ]);
  return zipSync(Object.fromEntries(packed)) as Uint8Array<ArrayBuffer>;
}

export function textBytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** A name that every file system takes: letters, digits, hyphens. */
export function plainName(name: string): string {
  return name.normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "bundle";
}
