/** One setting: load the exported model with the page's own classes, and name every photo from its file's bytes. */

import { Classifier, filesAt } from "../model";
import { decode, draftSide, PhotoError, preprocess } from "../pixels";
import type { Backend } from "../types";
import { served, tell, type Job, type Message, type Setting } from "./messages";

async function open(job: Job, setting: Setting): Promise<Classifier> {
  const backend: Backend = setting === "wasm-1" ? "wasm" : setting;
  const threads = setting === "wasm-1" ? 1 : 2; // two prove the build with threads on any machine
  const classifier = await Classifier.open(filesAt(served(job.model)), { backend, threads });
  if (classifier.backend !== backend) throw new Error(`the browser takes ${classifier.backend} instead`);
  return classifier;
}

async function named(classifier: Classifier, job: Job, setting: Setting, photo: number): Promise<Message> {
  const file = await (await fetch(served(job.photos[photo]))).blob();
  const { preprocessing, outputs } = classifier.exported;
  try {
    const { image } = await decode(file, job.draft ? draftSide(preprocessing) : null);
    const pixels = preprocess(image, preprocessing);
    const start = performance.now();
    const given = await classifier.outputs(pixels, ["logits", ...(outputs.includes("novelty") ? ["novelty"] : [])]);
    const milliseconds = performance.now() - start;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(pixels.data)));
    return {
      kind: "photo",
      setting,
      photo,
      pixels_sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""),
      logits: Array.from(given.logits.data),
      novelty: given.novelty?.data[0] ?? null,
      milliseconds,
    };
  } catch (error) {
    if (error instanceof PhotoError) return { kind: "photo", setting, photo, problem: `${error.code}: ${error.detail}` };
    throw error;
  }
}

async function replay(job: Job, setting: Setting): Promise<void> {
  const start = performance.now();
  let classifier: Classifier;
  try {
    classifier = await open(job, setting);
  } catch (error) {
    if (setting.startsWith("wasm")) throw error; // which every browser has
    return tell({ kind: "loaded", setting, absent: error instanceof Error ? error.message : String(error) });
  }
  const milliseconds = performance.now() - start;
  const { version: runtime, backend, threads } = classifier;
  await tell({ kind: "loaded", setting, runtime, backend, threads, milliseconds });
  for (let photo = 0; photo < job.photos.length; photo++) await tell(await named(classifier, job, setting, photo));
  classifier.dispose();
}

self.onmessage = ({ data }: MessageEvent<{ job: Job; setting: Setting }>) => {
  replay(data.job, data.setting).then(
    () => self.postMessage(null),
    (error: unknown) => self.postMessage(error instanceof Error ? error.message : String(error)),
  );
};
