import { createHash } from "node:crypto";
import { expect, test } from "vitest";

import { candidates, likeliest, limitsFor, reasonOf, softmax } from "../../src/model";
import { plainSha256 } from "../../src/model/sha256";
import { MANIFEST } from "./tiny";

test("softmax divides by the temperature and stays finite", () => {
  const probs = softmax(Float32Array.of(1000, 998, -1000), 2);
  expect(probs[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
  expect(probs.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
  expect(probs[2]).toBe(0);
});

test("a photo beyond both limits is novel", () => {
  const probs = Float32Array.of(0.3, 0.7);
  expect(reasonOf(probs, 0.6, { novelty: 0.5, ambiguous: 0.8 })).toBe("novel");
  expect(reasonOf(probs, 0.4, { novelty: 0.5, ambiguous: 0.8 })).toBe("ambiguous");
  expect(reasonOf(probs, 0.4, { novelty: 0.5, ambiguous: 0.7 })).toBeNull(); // equal as float32
  expect(reasonOf(probs, null, { novelty: 0.5, ambiguous: null })).toBeNull();
});

test("limits are chosen by their share", () => {
  expect(limitsFor(MANIFEST.thresholds, null).ambiguous).toBe(0.4);
  expect(limitsFor(MANIFEST.thresholds, 0.1).ambiguous).toBe(0.6);
  expect(limitsFor(MANIFEST.thresholds, 0)).toEqual({ novelty: null, ambiguous: null });
});

test("sets hold the likeliest class and all that are likely enough, in order", () => {
  expect(candidates(Float32Array.of(0.2, 0.5, 0.3), 0.25)).toEqual([1, 2]);
  expect(candidates(Float32Array.of(0.2, 0.5, 0.3), 0.9)).toEqual([1]);
  expect(candidates(Float32Array.of(0.25, 0.25, 0.25, 0.25), 0.2)).toEqual([0, 1, 2, 3]);
  expect(likeliest(Float32Array.of(0.25, 0.5, 0.5))).toBe(1);
});

test.each([0, 1, 55, 56, 63, 64, 65, 1000, 4096])("the plain SHA-256 of %i bytes is Node's", (length) => {
  const bytes = Uint8Array.from({ length }, (_, n) => (n * 31) & 255);
  expect(Buffer.from(plainSha256(bytes)).toString("hex")).toBe(createHash("sha256").update(bytes).digest("hex"));
});
