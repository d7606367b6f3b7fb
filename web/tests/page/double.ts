/** A stand-in for the worker, to look at the page's every state without a model: answers follow from the photo's name.
 * Never part of the product; `vite build --config tests/page/double.config.ts` builds the page with it. */

import type { Reply, Request } from "../../src/protocol";
import type { PageManifest } from "../../src/types";

const names = ["brick", "grass", "gravel", "sand", "tile", "wood", "slate"];
const manifest: PageManifest = {
  format: 1,
  name: "surfaces",
  class_names: names,
  preprocessing: { image_size: [224, 224], resize: "crop", crop_pct: 0.94, interpolation: "bilinear", channels: 3 },
  calibration: { method: "temperature", temperature: 1.2 },
  thresholds: {
    novelty: 0.5,
    ambiguous: 0.4,
    reject: 0.05,
    held_out: 160,
    choices: [0.01, 0.02, 0.05, 0.1].map((reject) => ({ reject, novelty: 0.6 - reject, ambiguous: 0.3 + 2 * reject })),
  },
  sets: { coverage: 0.95, least: 0.1 },
  outputs: ["logits", "novelty", "maps", "features"],
  precision: "int8",
  bundle_sha256: "9f2c41d07ab8".padEnd(64, "0"),
  weights_sha256: "0".repeat(64),
  head: null,
};
let known = names;
const lessons = new Map<string, string>();

const say = (reply: Reply): void => postMessage(reply);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function counts(): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const name of lessons.values()) counted[name] = (counted[name] ?? 0) + 1;
  return counted;
}

async function answer(request: Request): Promise<void> {
  const { id } = request;
  if (request.kind === "load") {
    for (let done = 0; done <= 5; done++) {
      say({ id, kind: "progress", stage: "download", done: done * 1e6, total: 5e6 });
      await pause(slow ? 400 : 5);
    }
    say({ id, kind: "loaded", manifest, backend: "wasm", threads: 2, canLearn: true });
  } else if (request.kind === "classify") {
    await pause(20);
    const name = request.photo instanceof File ? request.photo.name : "";
    if (name.includes("broken")) return say({ id, kind: "problem", problem: { code: "truncated", detail: "" } });
    const best = Math.max(0, known.findIndex((each) => name.startsWith(each)));
    const doubt = name.includes("doubt") ? 0.75 : name.includes("two") ? 0.4 : 0.06;
    const probs = new Float32Array(known.map((_, j) => (j === best ? 1 - doubt : (doubt * (j === (best + 1) % known.length ? 0.7 : 0.3 / (known.length - 2))))));
    const novelty = name.includes("strange") ? 0.8 : 0.2;
    const heat = request.heat
      ? { height: 7, width: 7, heat: Float32Array.from({ length: 49 }, (_, i) => Math.exp(-(((i % 7) - 4) ** 2 + (Math.floor(i / 7) - 2) ** 2) / 4)) }
      : null;
    const photo = request.photo instanceof Blob ? await createImageBitmap(request.photo) : request.photo;
    const [w, h] = [photo.width, photo.height];
    const side = 0.94 * Math.min(w, h);
    say({
      id,
      kind: "answer",
      answer: {
        probs,
        novelty,
        reason: novelty > 0.5 ? "novel" : 1 - doubt < 0.4 ? "ambiguous" : null,
        candidates: Array.from(probs.keys()).sort((a, b) => probs[b] - probs[a]).filter((j, rank) => !rank || probs[j] >= 0.1),
      },
      heat,
      window: [(w - side) / 2, (h - side) / 2, (w + side) / 2, (h + side) / 2],
      size: [w, h],
      milliseconds: 20,
    });
  } else if (request.kind === "remember") {
    if (request.photo instanceof File && request.photo.name.includes("broken")) {
      return say({ id, kind: "problem", problem: { code: "truncated", detail: "" } });
    }
    lessons.set(request.key, request.className);
    say({ id, kind: "remembered", counts: counts(), keys: [] });
  } else if (request.kind === "forget") {
    lessons.delete(request.key);
    say({ id, kind: "remembered", counts: counts(), keys: [] });
  } else if (request.kind === "recall") {
    say({ id, kind: "remembered", counts: {}, keys: [] });
  } else if (request.kind === "learn") {
    for (const [name, n] of Object.entries(counts())) {
      if (n < 2) return say({ id, kind: "failed", message: `Class ${name} has too few photos.`, code: "few-photos" });
    }
    await pause(300);
    known = [...new Set([...names, ...lessons.values()])];
    const classes = Object.entries(counts()).map(([name, added]) => ({ name, added, right: added - 1, judged: added }));
    say({ id, kind: "learned", classNames: known, right: 101, judged: 104, classes, thresholds: manifest.thresholds, calibrated: true, milliseconds: 840 });
  } else if (request.kind === "unlearn") {
    known = names;
    say({ id, kind: "done" });
  } else if (request.kind === "save") {
    await pause(200);
    say({ id, kind: "saved", name: "surfaces-taught.zip", zip: new Blob(["PK"]) });
  }
}

const slow = new URLSearchParams(location.search).has("slow");
let last: Promise<void> = Promise.resolve();
addEventListener("message", ({ data }: MessageEvent<Request>) => {
  last = last.then(() => answer(data));
});
