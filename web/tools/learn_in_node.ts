/**
 * Learning as the page does it, in Node, for tests and benchmarks: see bundle_for_node.mjs, then `node learn_in_node.cjs JOBS.json`.
 *
 * JOBS.json is a list of jobs. `model` is the folder `model` of a web export; `photos` a list of { className, pixels } where
 * `pixels` is a file of the uint8 numbers that the network sees, or `features` a file of float32 numbers that it would give;
 * `asked` a list like it; `zip` is where the learned bundle goes, or null. Prints a list of what was learned, how answers are to
 * be read, and the logits and novelty of what was asked. Jobs of features alone need no network.
 */

import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Learner } from "../src/learn/learner";
import type { Remembered } from "../src/learn/memory";
import type { Model } from "../src/learn/saving";
import { Classifier } from "../src/model";
import { expanded } from "../src/model/weights";
import type { PageManifest, Pixels, StoredWeight } from "../src/types";

interface Shown {
  className: string;
  pixels?: string;
  features?: string;
  /** The checksum of the photo's file. */
  sha256?: string;
}

interface Job {
  model: string;
  photos: Shown[];
  asked: Shown[];
  zip: string | null;
}

async function run(job: Job): Promise<object> {
  const file = async (name: string) => new Uint8Array(await readFile(join(job.model, name)));
  const parsed = async <T>(name: string) => JSON.parse(await readFile(join(job.model, name), "utf8")) as T;
  const exported = await parsed<PageManifest>("kenali.json");
  const stored = await parsed<StoredWeight[]>("weights.json");
  let network: Promise<Classifier> | undefined;
  const given = new Map<Pixels, Float32Array>(); // features that need no network
  const model: Model = {
    exported,
    features: async (pixels) => given.get(pixels) ?? (await (network ??= Classifier.open(file, { backend: "cpu" }))).features(pixels),
    weight: async (name) => Float32Array.from(expanded(stored.find((one) => one.name === name)!, await file("weights.bin"))),
    file,
  };
  const learner = new Learner(model, { load: async () => new Map<string, Remembered>(), put: async () => {}, remove: async () => {} });

  const { channels, image_size } = exported.preprocessing;
  const seen = async ({ pixels, features }: Shown): Promise<Pixels> => {
    const data = new Uint8Array(pixels ? await readFile(pixels) : 0);
    const shown: Pixels = { height: image_size[0], width: image_size[1], channels, data };
    if (features) given.set(shown, new Float32Array(new Uint8Array(await readFile(features)).buffer));
    return shown;
  };

  for (const [n, photo] of job.photos.entries()) {
    await learner.remember(String(n), photo.className, await seen(photo), photo.sha256);
  }
  const learned = await learner.learn();
  const answers = [];
  for (const photo of job.asked) {
    const features = await model.features(await seen(photo));
    answers.push({ logits: Array.from(learner.head!.logits(features)), novelty: learner.head!.novelty(features) });
  }
  if (job.zip) await writeFile(job.zip, Buffer.from(await (await learner.save()).zip.arrayBuffer()));
  const { calibration, thresholds, sets } = learner.manifest;
  return { learned, reading: { calibration, thresholds, sets }, answers };
}

async function main(jobs: Job[]): Promise<void> {
  const results = [];
  for (const job of jobs) results.push(await run(job));
  console.log(JSON.stringify(results));
}

void main(JSON.parse(readFileSync(process.argv[2], "utf8")) as Job[]);
