import { expect, test } from "vitest";

import { colour, enlarged, hasEdge, isWarm } from "../../src/page/heat";

test("colours are the anchors of inferno and grow lighter", () => {
  expect(colour(0)).toEqual([0, 0, 4]);
  expect(colour(1)).toEqual([252, 255, 164]);
  const light = Array.from({ length: 21 }, (_, i) => colour(i / 20)).map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b);
  expect(light).toEqual([...light].sort((a, b) => a - b));
});

test("enlarging keeps places, scales to the hottest, and stays within 0..1", () => {
  const large = enlarged({ height: 1, width: 2, heat: Float32Array.of(0, 0.5) }, 4, 8);
  expect(large.length).toBe(32);
  expect(Math.min(...large)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...large)).toBe(1);
  expect(large[0]).toBeLessThan(large[7]);
  expect(Array.from(large.slice(0, 8))).toEqual(Array.from(large.slice(24, 32)));
});

test("the same size is the same heat", () => {
  const heat = Float32Array.of(0, 0.25, 1, 0.5, 0, 0.75);
  expect(enlarged({ height: 2, width: 3, heat }, 2, 3)).toEqual(heat);
});

test("no heat is not warm, and a window within the photo has an edge", () => {
  const cold = { height: 1, width: 2, heat: Float32Array.of(0, 0) };
  expect(isWarm(cold)).toBe(false);
  expect(hasEdge({ heat: cold, window: [0, 0, 10, 8], size: [10, 8] })).toBe(false);
  expect(hasEdge({ heat: cold, window: [1, 0, 9, 8], size: [10, 8] })).toBe(true);
});
