import { describe, expect, it } from "vitest";

import { LearnError, Learner } from "../../src/learn/learner";
import type { Memory, Remembered } from "../../src/learn/memory";
import type { Model } from "../../src/learn/saving";
import type { PageManifest, Pixels } from "../../src/types";

const LENGTH = 12;
const CLASSES = ["red", "green"];

/** Features that point where a photo's first pixel says, with a little that is its own. */
function featuresOf(direction: number, own: number): Float32Array {
  return Float32Array.from({ length: LENGTH }, (_, j) => (j === direction ? 3 : 0) + 0.4 * Math.abs(Math.sin(7 * own + 3 * j)));
}

function photo(direction: number, own: number): Pixels {
  const data = new Uint8Array(32 * 32 * 3).map((_, i) => 128 + 100 * Math.sin(i * (1 + 0.37 * own)));
  data[0] = direction;
  data[1] = own;
  return { height: 32, width: 32, channels: 3, data };
}

/** An export that knows twelve photos of each class. */
function model(learning = true): Model {
  const known = Array.from({ length: 24 }, (_, i) => featuresOf(i % 2, i));
  const lengths = known.map((features) => Math.hypot(...features));
  const prototypes = new Float32Array(LENGTH * known.length);
  known.forEach((features, m) => features.forEach((value, j) => (prototypes[j * known.length + m] = value / lengths[m])));
  const exported = {
    class_names: CLASSES,
    outputs: ["logits", "novelty", "features"],
    thresholds: { novelty: 0.5, ambiguous: 0.5, reject: 0.05, held_out: 24, choices: [] },
    calibration: { method: "temperature", temperature: 2 },
    sets: null,
    head: { weight: "w", bias: "b", prototypes: "p" },
    learning: learning
      ? { labels: known.map((_, i) => i % 2), groups: known.map((_, i) => i), lengths, missing: [], outputs: [], parameters: 0 }
      : null,
  } as unknown as PageManifest;
  return {
    exported,
    features: async ({ data }) => featuresOf(data[0], data[1]),
    weight: async () => prototypes,
    file: async () => new Uint8Array(0),
  };
}

function memory(): Memory & { kept: Map<string, Remembered> } {
  const kept = new Map<string, Remembered>();
  return {
    kept,
    load: async () => new Map(kept),
    put: async (key, photo) => void kept.set(key, photo),
    remove: async (key) => void kept.delete(key),
  };
}

async function taught(learner: Learner, className: string, direction: number, count: number, from = 50): Promise<void> {
  for (let n = 0; n < count; n++) await learner.remember(`${className} ${n}`, className, photo(direction, from + n));
}

describe("a learner", () => {
  it("learns a new class without forgetting the others", async () => {
    const learner = new Learner(model(), memory());
    await taught(learner, "blue", 2, 6);
    const learned = await learner.learn();
    expect(learned.classNames).toEqual(["red", "green", "blue"]);
    expect(learned.classes).toEqual([
      { name: "red", added: 0, right: 12, judged: 12 },
      { name: "green", added: 0, right: 12, judged: 12 },
      { name: "blue", added: 6, right: 6, judged: 6 },
    ]);
    expect([learned.right, learned.judged, learned.calibrated]).toEqual([30, 30, true]);
    expect(learner.manifest.thresholds).toEqual(learned.thresholds);
    for (const direction of [0, 1, 2]) {
      const logits = learner.head!.logits(featuresOf(direction, 99));
      expect(logits.indexOf(Math.max(...logits))).toBe(direction);
    }
    const strange = learner.head!.novelty(featuresOf(7, 3));
    expect(strange).toBeGreaterThan(learner.manifest.thresholds.novelty!);
    expect(learner.head!.novelty(featuresOf(2, 51))).toBeLessThan(learner.manifest.thresholds.novelty!);
  });

  it("goes back to the exported model, and keeps the photos", async () => {
    const given = model();
    const learner = new Learner(given, memory());
    await taught(learner, "green", 1, 3);
    await learner.learn();
    const tally = await learner.unlearn();
    expect([learner.head, learner.manifest]).toEqual([null, given.exported]);
    expect(tally.counts).toEqual({ green: 3 });
  });

  it("counts, forgets, gives another class, and remembers between visits what is no photo", async () => {
    const store = memory();
    const learner = new Learner(model(), store);
    await learner.remember("a", " blue ", photo(2, 1), "digest");
    await learner.remember("b", "blue", photo(2, 2));
    expect((await learner.relabel("b", "teal")).counts).toEqual({ blue: 1, teal: 1 });
    expect((await learner.forget("a")).keys).toEqual([{ key: "b", className: "teal" }]);
    expect([...store.kept.keys()]).toEqual(["b"]);
    expect(Object.keys(store.kept.get("b")!).sort()).toEqual(["className", "features", "look", "sha256"]);
    expect((await new Learner(model(), store).restore()).counts).toEqual({ teal: 1 });
  });

  it("says in a sentence what it cannot do", async () => {
    const learner = new Learner(model(), memory());
    await expect(learner.learn()).rejects.toMatchObject({ code: "nothing-new" });
    await expect(learner.save()).rejects.toMatchObject({ code: "nothing-new" });
    await learner.remember("a", "blue", photo(2, 1));
    await expect(learner.learn()).rejects.toThrow(/“blue” needs at least 2 photos/);
    await expect(learner.relabel("a", " ")).rejects.toMatchObject({ code: "no-name" });
    expect((await learner.relabel("a", "constructor")).counts).toEqual({ constructor: 1 });
    const old = new Learner(model(false), memory());
    expect(old.canLearn).toBe(false);
    await expect(old.remember("a", "blue", photo(2, 1))).rejects.toBeInstanceOf(LearnError);
  });

  it("learns from photos that all show the same, and judges the others alone", async () => {
    const learner = new Learner(model(), memory());
    for (const key of ["a", "b", "c"]) await learner.remember(key, "blue", photo(2, 1));
    const learned = await learner.learn();
    expect([learned.judged, learned.calibrated]).toEqual([24, true]);
    expect(learned.classes[2]).toEqual({ name: "blue", added: 3, right: 0, judged: 0 });
    expect(learner.manifest.thresholds.held_out).toBe(24);
    expect(learner.head!.logits(featuresOf(2, 9)).indexOf(Math.max(...learner.head!.logits(featuresOf(2, 9))))).toBe(2);
  });
});
