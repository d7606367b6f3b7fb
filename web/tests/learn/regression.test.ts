/** The page's learning against the numbers that Kenali's own Python gives: tests/golden/learning.json. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { LearnedHead } from "../../src/learn/head";
import { type Matrix, gram, row, zeros } from "../../src/learn/matrix";
import { heldOutNovelty, unitLength } from "../../src/learn/prototypes";
import { Rotation, classWeights, fit } from "../../src/learn/regression";
import { fitReading } from "../../src/learn/trust";
import { STRENGTHS, crossValidate } from "../../src/learn/validation";

const PHOTOS = 45;
const CLASSES = 3;
const FOLDS = 5;

interface Case {
  features: number;
  losses: number[];
  best: number;
  logits: number[][];
  heat: number[];
  temperature: number;
  head_logits: number[][];
  weight: number[][];
  bias: number[];
  novelty: number[];
  stranger: number[];
  unit: number[];
  limits: { novelty: number; ambiguous: number };
  choices: { reject: number; novelty: number; ambiguous: number }[];
  least: number;
}

const golden = JSON.parse(readFileSync(new URL("../../../tests/golden/learning.json", import.meta.url), "utf8")) as { cases: Case[] };

const labels = Int32Array.from({ length: PHOTOS }, (_, photo) => (photo % 4 === 3 ? 2 : photo % CLASSES));

/** Park and Miller's generator, as the Python has it. */
function drawn(d: number): Matrix {
  const features = zeros(PHOTOS, d);
  let state = 1;
  for (let i = 0; i < PHOTOS; i++) {
    for (let j = 0; j < d; j++) {
      state = (state * 48271) % 2147483647;
      features.data[i * d + j] = Math.fround(state / 2147483647 + (j % CLASSES === labels[i] ? 0.3 : 0));
    }
  }
  return features;
}

/** Every number within a share of the largest expected one. */
function close(found: ArrayLike<number>, expected: number[], share = 2e-3): void {
  const scale = Math.max(...expected.map(Math.abs));
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs(found[i] - value)).toBeLessThanOrEqual(share * scale));
}

describe.each(golden.cases)("$features features", (expected) => {
  const features = drawn(expected.features);
  const rotation = new Rotation(features);
  const examples = { features: rotation.rows, labels, weights: classWeights(labels, CLASSES), classes: CLASSES };
  const fold = labels.map((_, photo) => photo % FOLDS);

  it("chooses the strength and the temperature that Python chooses", () => {
    const found = crossValidate(examples, fold, STRENGTHS);
    close(found.losses, expected.losses.slice(0, found.losses.length));
    expect(found.best).toBe(expected.best);
    close(found.logits.flatMap((own) => [...own]), expected.logits.flat(), 5e-3);
    close(found.heat, expected.heat, 5e-3);
    close([found.temperature], [expected.temperature], 5e-3);
  });

  it("finds the head that Python finds", () => {
    const head = rotation.undo(fit(examples, Int32Array.from(labels.keys()), expected.best));
    close(head.weight, expected.weight.flat(), 5e-3);
    close(head.bias, expected.bias, 5e-3);
    const none = { count: 1, features: expected.features, unit: new Float32Array(expected.features) };
    const logits = Array.from({ length: PHOTOS }, (_, i) => [...new LearnedHead(head, none).logits(Float32Array.from(row(features, i)))]);
    close(logits.flat(), expected.head_logits.flat(), 5e-3);
  });

  it("knows strangers, and sets limits and sets, as Python does", () => {
    const unit = new Float32Array(PHOTOS * expected.features);
    for (let i = 0; i < PHOTOS; i++) unit.set(unitLength(Float32Array.from(row(features, i))), i * expected.features);
    const prototypes = { count: PHOTOS, features: expected.features, unit };
    const everyone = Int32Array.from(labels.keys());
    const novelty = heldOutNovelty(gram(features), labels.map((_, photo) => photo >> 1), everyone);
    close(novelty, expected.novelty, 1e-5);
    const stranger = Float32Array.from(row(features, 0), (value, j) => (value * j) / (expected.features - 1));
    close(unitLength(stranger).slice(0, 5), expected.unit, 1e-5);
    const head = new LearnedHead({ features: 0, classes: 0, weight: new Float32Array(0), bias: new Float32Array(0) }, prototypes);
    close([head.novelty(stranger)], expected.stranger, 1e-5);

    const heldOut = {
      logits: expected.logits.map((own) => Float64Array.from(own)),
      heat: Float64Array.from(expected.heat),
      novelty,
      temperature: expected.temperature,
    };
    const given = { novelty: null, ambiguous: null, reject: 0.05, held_out: 9, choices: [] };
    const reading = fitReading(heldOut, labels, { thresholds: given, sets: { coverage: 0.9, least: 0 } });
    close([reading.thresholds.novelty!, reading.thresholds.ambiguous!], [expected.limits.novelty, expected.limits.ambiguous], 1e-4);
    expect(reading.thresholds.choices.map((one) => one.reject)).toEqual(expected.choices.map((one) => one.reject));
    close(
      reading.thresholds.choices.flatMap((one) => [one.novelty!, one.ambiguous!]),
      expected.choices.flatMap((one) => [one.novelty, one.ambiguous]),
      1e-4,
    );
    close([reading.sets!.least], [expected.least], 1e-4);
  });
});
