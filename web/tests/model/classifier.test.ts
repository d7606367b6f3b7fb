import { memory } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

import { Classifier, heatOfMaps, ModelError, softmax, type Head } from "../../src/model";
import { BIAS, CLASSES, DEPTH, featureMapOf, featuresOf, files, HEAD, KERNEL, logitsOf, photo, reader } from "./tiny";

const open = async (some = files()) => Classifier.open(reader(await some), { backend: "cpu" });

function expectClose(given: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = 1e-4) {
  expect(given.length).toBe(wanted.length);
  for (let n = 0; n < wanted.length; n++) expect(Math.abs(given[n] - wanted[n])).toBeLessThan(tolerance);
}

test("answers are those of plain arithmetic", async () => {
  const classifier = await open();
  expect([classifier.backend, classifier.threads]).toEqual(["cpu", 1]);
  for (const seed of [1, 2, 3]) {
    const map = featureMapOf(photo(seed));
    const logits = logitsOf(featuresOf(map));
    const given = await classifier.outputs(photo(seed), ["logits", "features", "feature_map"]);
    expectClose(given.logits.data, logits);
    expectClose(given.features.data, featuresOf(map));
    expectClose(given.feature_map.data, map);
    expect(given.feature_map.shape).toEqual([1, 3, 3, DEPTH]);
    const { answer } = await classifier.answer(photo(seed), null, false);
    expectClose(answer.probs, softmax(logits, 0.8), 1e-5);
    expectClose([answer.novelty!], [featuresOf(map).reduce((a, b) => a + b, 0) / DEPTH]);
  }
  classifier.dispose();
});

test("nothing stays in memory, whatever was asked", async () => {
  const before = memory().numTensors;
  const classifier = await open();
  await classifier.answer(photo(1), null, true);
  const loaded = memory().numTensors;
  for (let n = 0; n < 20; n++) {
    await classifier.answer(photo(n), null, n % 2 === 0);
    await classifier.features(photo(n));
    await classifier.weight("head.weight");
  }
  await expect(classifier.outputs(photo(1), ["no such output"])).rejects.toThrow();
  expect(memory().numTensors).toBe(loaded);
  classifier.dispose();
  expect(memory().numTensors).toBe(before);
});

test("bytes and halves are expanded", async () => {
  const exact = await open();
  const kernel = await exact.weight("kernel");
  expect(kernel).toEqual(KERNEL);
  const halves = await (await open(files("float16"))).weight("kernel");
  expectClose(halves, KERNEL, 1e-5);
  const bytes = await (await open(files("int8"))).weight("kernel");
  expectClose(bytes, KERNEL, 0.01 / 254 + 1e-7);
  expect(bytes).not.toEqual(KERNEL);
});

test("heat is the class's map less what all classes share, the hottest place 1", async () => {
  const classifier = await open();
  const { answer, heat } = await classifier.answer(photo(3), null, true);
  const label = answer.probs.indexOf(Math.max(...answer.probs));
  const map = featureMapOf(photo(3));
  const places = Array.from({ length: 9 }, (_, place) => {
    const logits = logitsOf(map.subarray(place * DEPTH, (place + 1) * DEPTH));
    return Math.max(0, logits[label] - logits.reduce((a, b) => a + b, 0) / CLASSES);
  });
  expect([heat!.height, heat!.width]).toEqual([3, 3]);
  expectClose(heat!.heat, places.map((value) => value / Math.max(...places)));
});

test("a map that speaks against a class is no heat", () => {
  const heat = heatOfMaps(Float32Array.of(-2, 2), { shape: [1, 1, 2, 2], data: Float32Array.of(-2, 2, -2, 2) }, 0);
  expect(Array.from(heat.heat)).toEqual([0, 0]);
});

test("a head learned in the page answers in place of the exported one, by its own classes", async () => {
  const classifier = await open();
  const head: Head = {
    logits: (features) => Float32Array.of(...logitsOf(features), 3),
    novelty: () => 0.25,
    maps: (featureMap, places) =>
      Float32Array.from({ length: places * 4 }, (_, n) => {
        const place = featureMap.subarray(Math.floor(n / 4) * DEPTH, (Math.floor(n / 4) + 1) * DEPTH);
        return n % 4 === 3 ? 0 : place.reduce((sum, value, d) => sum + value * HEAD[d * CLASSES + (n % 4)], 0);
      }),
  };
  const own = { ...classifier.exported, class_names: ["red", "green", "blue", "other"], calibration: { method: "none", temperature: 1 } };
  classifier.replaceHead(head, own);
  const { answer, heat } = await classifier.answer(photo(2), null, true);
  expectClose(answer.probs, softmax(Float32Array.of(...logitsOf(featuresOf(featureMapOf(photo(2)))), 3)), 1e-5);
  expect(answer.novelty).toBe(0.25);
  expect(heat!.heat.length).toBe(9);
  classifier.replaceHead(null);
  expect((await classifier.answer(photo(2), null, false)).answer.probs.length).toBe(CLASSES);
  expect(classifier.manifest).toBe(classifier.exported);
});

test("networks without maps are explained by occlusion", async () => {
  const classifier = await open(files("float32", false));
  const { answer, heat } = await classifier.answer(photo(1), null, true);
  expect([heat!.height, heat!.width, heat!.heat.length]).toEqual([8, 8, 64]);
  expect(Math.max(...heat!.heat)).toBe(1);
  expect(Math.min(...heat!.heat)).toBe(0);
  expect(answer.probs.length).toBe(CLASSES);
});

test("limits of another share are the bundle's own", async () => {
  const classifier = await open();
  expect((await classifier.answer(photo(1), 0, false)).answer.reason).toBeNull();
  await expect(classifier.answer(photo(1), 0.33, false)).rejects.toThrow("no limits for a rate of 33 %");
});

test("damaged, incomplete and newer models are refused in a sentence", async () => {
  const some = await files();
  const wrong = { ...some, "weights.bin": some["weights.bin"].map((byte, n) => (n === 7 ? byte ^ 1 : byte)) };
  await expect(Classifier.open(reader(wrong), { backend: "cpu" })).rejects.toThrow(/weights.bin is not the file that kenali.json names/);
  for (const name of ["kenali.json", "model.json", "weights.bin"]) {
    const { [name]: _, ...fewer } = some;
    await expect(Classifier.open(reader(fewer), { backend: "cpu" })).rejects.toThrow(`${name} is missing`);
  }
  await expect(Classifier.open(reader({ ...some, "model.json": new Uint8Array([1, 2]) }), { backend: "cpu" })).rejects.toThrow(ModelError);
});

test("the download is told in bytes of the file", async () => {
  const some = await files("int8");
  const seen: number[][] = [];
  await Classifier.open(reader(some), { backend: "cpu", progress: (stage, done, total) => stage === "download" && seen.push([done, total]) });
  const { length } = some["weights.bin"];
  expect(seen.at(-1)).toEqual([length, length]);
});

test("weights without weights.json are read as model.json says", async () => {
  const { "weights.json": _, ...plain } = await files();
  const classifier = await Classifier.open(reader(plain), { backend: "cpu" });
  expectClose(await classifier.weight("head.bias"), BIAS);
});
