/**
 * Learning as the page does it, in Node, for tests and benchmarks: bundled by esbuild, then `node learn_in_node.cjs JOB.json`.
 *
 * JOB.json: `model`, the folder `model` of a web export; `photos`, a list of { className, pixels } where `pixels` is a file of
 * the uint8 numbers that the network sees, or `features`, a file of float32 numbers that it would give; `zip`, where the learned
 * bundle goes, or null. Prints what was learned, with the novelty and probabilities of `asked`, a list like `photos`.
 */

import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Learner, type Model } from "../src/learn/learner";
import type { Remembered } from "../src/learn/memory";
import { Classifier } from "../src/model";
import type { Pixels } from "../src/types";

interface Shown {
  className: string;
  pixels?: string;
  features?: string;
}

interface Job {
  model: string;
  photos: Shown[];
  asked: Shown[];
  zip: string | null;
}

async function main(job: Job): Promise<void> {
  const read = async (name: string) => new Uint8Array(await readFile(join(job.model, name)));
  const classifier = await Classifier.open(read, { backend: "cpu" });
  const [height, width] = classifier.exported.preprocessing.image_size;
  const { channels } = classifier.exported.preprocessing;
  const given = new Map<Pixels, Float32Array>(); // features that need no network
  const model: Model = {
    exported: classifier.exported,
    features: async (pixels) => given.get(pixels) ?? classifier.features(pixels),
    weight: (name) => classifier.weight(name),
    file: (name) => classifier.file(name),
  };
  const learner = new Learner(model, { load: async () => new Map<string, Remembered>(), save: async () => {} });

  const seen = async ({ pixels, features }: Shown): Promise<Pixels> => {
    const shown: Pixels = { height, width, channels, data: new Uint8Array(pixels ? await readFile(pixels) : 0) };
    if (features) given.set(shown, new Float32Array(new Uint8Array(await readFile(features)).buffer));
    return shown;
  };

  for (const [n, photo] of job.photos.entries()) await learner.remember(String(n), photo.className, await seen(photo));
  const learned = await learner.learn();
  const answers = [];
  for (const photo of job.asked) {
    const features = await model.features(await seen(photo));
    answers.push({ logits: Array.from(learner.head!.logits(features)), novelty: learner.head!.novelty(features) });
  }
  if (job.zip) await writeFile(job.zip, Buffer.from(await (await learner.save()).zip.arrayBuffer()));
  console.log(JSON.stringify({ learned, reading: learner.manifest, answers }));
}

void main(JSON.parse(readFileSync(process.argv[2], "utf8")) as Job);
