/** Saving what was learned: the files of a bundle, zipped. */

import { sha256 } from "../model/sha256";
import { preprocess } from "../pixels";
import type { PageManifest, Pixels, StoredWeight } from "../types";
import { type Origin, modelOf, plainName, textBytes, zipOf } from "./bundle";
import { draw, png } from "./golden";
import type { LearnedHead } from "./head";
import type { Known } from "./known";
import { row } from "./matrix";
import { type Remembered, countsOf } from "./memory";
import { lengthOf } from "./prototypes";

const GOLDEN = 8;

/** What the learner needs of the exported model: see `Classifier`. */
export interface Model {
  readonly exported: PageManifest;
  features(pixels: Pixels): Promise<Float32Array>;
  weight(name: string): Promise<Float32Array>;
  file(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** A head that was learned, how its answers are to be read, and of what it was learned: the last of `known` are `added`. */
export interface Lesson {
  head: LearnedHead;
  manifest: PageManifest;
  strength: number;
  known: Known;
  added: Remembered[];
}

type Files = Record<string, Uint8Array<ArrayBuffer>>;

/** The learned model as a bundle, zipped. */
export async function saved(
  model: Model,
  lesson: Lesson,
  progress: (done: number, total: number) => void,
): Promise<{ name: string; zip: Blob }> {
  const { outputs, parameters, missing } = model.exported.learning!;
  const wanted = ["rebuild.onnx", "weights.bin", "weights.json"];
  const [rebuild, weights, list] = await Promise.all(wanted.map((name) => model.file(name)));
  const stored = JSON.parse(new TextDecoder().decode(list)) as StoredWeight[];
  const files: Files = {
    "model.onnx": modelOf(rebuild, stored, weights, missing, lesson.head),
    "prototypes.json": textBytes(JSON.stringify(describe(lesson.known)) + "\n"),
    "split.csv": textBytes(splitOf(lesson.added)),
    ...(await goldenFiles(model, lesson, progress)),
  };
  const { linear } = lesson.head;
  const name = `${plainName(lesson.manifest.name.replace(/-learned$/, ""))}-learned`;
  const origin: Origin = {
    name,
    outputs,
    golden: GOLDEN,
    parameters: parameters + linear.weight.length + linear.bias.length,
    provenance: provenanceOf(model.exported, lesson),
  };
  const zip = await zipOf(files, lesson.manifest, origin);
  return { name: `${name}.zip`, zip: new Blob([zip], { type: "application/zip" }) };
}

/** Drawn pictures, and what the page's own model says of them. */
async function goldenFiles(model: Model, { head, manifest }: Lesson, progress: (done: number, total: number) => void): Promise<Files> {
  const files: Files = {};
  const answers: object[] = [];
  for (let seed = 0; seed < GOLDEN; seed++) {
    const picture = draw(seed);
    const pixels = preprocess(picture, manifest.preprocessing);
    const features = await model.features(pixels);
    const file = `${String(seed).padStart(2, "0")}.png`;
    files[`golden/${file}`] = png(picture) as Uint8Array<ArrayBuffer>;
    answers.push({
      file,
      pixels_sha256: await sha256(pixels.data as Uint8Array<ArrayBuffer>),
      logits: Array.from(head.logits(features), rounded),
      novelty: rounded(head.novelty(features)),
    });
    progress(seed + 1, GOLDEN);
  }
  files["golden/golden.json"] = textBytes(JSON.stringify(answers, null, 1) + "\n");
  return files;
}

function provenanceOf({ bundle_sha256, precision }: PageManifest, { known, strength, added }: Lesson): Record<string, unknown> {
  return {
    created: new Date().toISOString().replace(/\.\d+Z$/, "+00:00"),
    learned_in: "page",
    from_bundle_sha256: bundle_sha256,
    weights: precision,
    strength,
    photos: { known: known.labels.length - added.length, added: added.length },
    added: countsOf(added),
  };
}

/** `prototypes.json` of the learned bundle. */
function describe({ features, labels, groups }: Known): object {
  const lengths = Array.from(labels, (_, i) => rounded(lengthOf(Float32Array.from(row(features, i)))));
  return { labels: Array.from(labels), groups: Array.from(groups), lengths };
}

/** `split.csv`: the checksums of the user's photo files, so that `kenali evaluate` knows what the bundle learned from. */
function splitOf(added: Remembered[]): string {
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = added.map(({ className, sha256: digest }, n) => {
    const name = `added-${String(n + 1).padStart(4, "0")}`;
    return [name, cell(className), name, "train", digest ?? ""].join(",");
  });
  return ["path,label,group,split,sha256", ...lines].join("\n") + "\n";
}

function rounded(value: number): number {
  return Number(value.toPrecision(8));
}
