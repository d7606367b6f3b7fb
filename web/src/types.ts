/** The values that the parts of the page hand to one another. Field names are those of the files in `model/`. */

/** How a decoded photo becomes the pixels a network sees; `image_size` is [height, width], `channels` 3 is RGB, 1 is grey. */
export interface Preprocessing {
  image_size: [number, number];
  resize: "crop" | "squash" | "letterbox";
  crop_pct: number;
  interpolation: "bilinear" | "bicubic";
  channels: 1 | 3;
}

/** Beyond these a photo is unknown; null sets no limit. */
export interface Limits {
  novelty: number | null;
  ambiguous: number | null;
}

/** `model/kenali.json`: the bundle's manifest, without what only its owner may see, and how the page's graph is to be read. */
export interface PageManifest {
  format: 1;
  name: string;
  class_names: string[];
  preprocessing: Preprocessing;
  calibration: { method: string; temperature: number };
  thresholds: Limits & { reject: number | null; held_out: number; choices: (Limits & { reject: number })[] };
  sets: { coverage: number; least: number } | null;
  /** Names of the graph's outputs: `logits` (n, k) always; `novelty` (n,), `maps` (n, h', w', k), `features` (n, d) and
   * `feature_map` (n, h', w', d) where the network has them. */
  outputs: string[];
  precision: "float32" | "float16" | "int8";
  /** SHA-256 of the bundle's own `kenali.json` and of `weights.bin`. */
  bundle_sha256: string;
  weights_sha256: string;
  /** The head that `logits` comes from, where the network ends in one linear layer on `features`: names of its weights in
   * `weights.json`, weight (d, k) and bias (k,), and of the novelty prototypes (d, m), the last null where there is no
   * novelty score. Null for networks that end otherwise. */
  head: { weight: string; bias: string; prototypes: string | null } | null;
  /** What learning in the page needs: of the training photos behind the prototypes, in their order, each one's class, group and
   * length of features; the weights that `rebuild.onnx` lacks, the outputs it gives once it has them, and how many trained
   * numbers it has besides the head. Null (or absent) where the bundle does not tell of its prototypes. */
  learning?: {
    labels: number[];
    groups: number[];
    lengths: number[];
    missing: string[];
    outputs: string[];
    parameters: number;
  } | null;
}

/** One weight in `weights.bin`; `weights.json` is a list of these.
 *
 * float32, float16 and int32 lie there as little-endian numbers. `int8` is a signed byte a number, and channel j of the last
 * axis is multiplied by the float32 at `scale_offset` + 4 j.
 */
export interface StoredWeight {
  name: string;
  shape: number[];
  dtype: "float32" | "int32";
  encoding: "float32" | "float16" | "int8" | "int32";
  offset: number;
  scale_offset?: number;
}

/** An upright photo: RGB, a byte a channel, row by row. */
export interface Rgb {
  width: number;
  height: number;
  data: Uint8Array;
}

/** What the network sees: uint8 values (height, width, channels). */
export interface Pixels {
  height: number;
  width: number;
  channels: 1 | 3;
  data: Uint8Array;
}

export type Reason = "novel" | "ambiguous";

/** What the model says of one photo. `probs` (k,) are calibrated and in the order of the class names. */
export interface Answer {
  probs: Float32Array;
  novelty: number | null;
  reason: Reason | null;
  /** Classes that cannot be excluded, likeliest first; empty where the bundle has no sets. */
  candidates: number[];
}

/** Evidence for one class: `heat` (height * width) in 0..1, over the whole of what the network sees. */
export interface Heat {
  height: number;
  width: number;
  heat: Float32Array;
}

export type Backend = "webgpu" | "webgl" | "wasm" | "cpu";

/** A photo that cannot be used; `code` as in the ledger (`corrupt`, `too-many-pixels`, ...), for the page to put into words. */
export interface PhotoProblem {
  code: string;
  detail: string;
}
