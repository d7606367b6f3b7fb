import { describe, expect, it } from "vitest";

import { divide, divideWhatCan } from "../../src/learn/folds";
import { draw } from "../../src/learn/golden";
import { judgedRows } from "../../src/learn/known";
import { grouped, lookOf } from "../../src/learn/looks";
import type { Pixels, Rgb } from "../../src/types";

describe("folds", () => {
  it("spread every class evenly and tear no group apart", () => {
    const labels = Int32Array.from({ length: 60 }, (_, i) => (i < 40 ? 0 : 1));
    const groups = Int32Array.from({ length: 60 }, (_, i) => (i < 40 ? i >> 1 : i));
    const fold = divide(groups, labels, 5);
    for (let one = 0; one < 5; one++) {
      const own = [...fold.keys()].filter((i) => fold[i] === one);
      expect(own.filter((i) => labels[i] === 0)).toHaveLength(8);
      expect(own.filter((i) => labels[i] === 1)).toHaveLength(4);
    }
    for (let i = 0; i < 40; i += 2) expect(fold[i]).toBe(fold[i + 1]);
  });

  it("put two photos of a small class into different folds", () => {
    const labels = Int32Array.from([0, 0, 0, 0, 0, 0, 1, 1]);
    const fold = divide(labels.map((_, i) => i), labels, 5);
    expect(fold[6]).not.toBe(fold[7]);
    const apart = divideWhatCan(Int32Array.from([0, 1, 2, 3, 4, 5, 6, 6]), labels, 5);
    expect([...apart.subarray(6)]).toEqual([-1, -1]);
    expect(Math.min(...apart.subarray(0, 6))).toBe(0);
  });
});

describe("added photos", () => {
  it("share a group where they look alike, and only there", () => {
    const scene = draw(1);
    const shown = (from: Rgb, left: number, factor: number): Pixels => {
      const data = new Uint8Array(200 * 200 * 3);
      for (let y = 0; y < 200; y++) {
        for (let i = 0; i < 600; i++) data[y * 600 + i] = factor * from.data[((y + 10) * from.width + left) * 3 + i];
      }
      return { height: 200, width: 200, channels: 3, data };
    };
    const plain: Pixels = { height: 200, width: 200, channels: 3, data: new Uint8Array(120000).fill(90) };
    const photos = [shown(scene, 20, 1), shown(draw(2), 20, 1), shown(scene, 22, 0.7), plain, plain];
    expect([...grouped(Int32Array.from([4, 7]), photos.map(lookOf))]).toEqual([4, 7, 8, 9, 8, 11, 12]);
  });

  it("are all judged, beside an even share of many known ones", () => {
    const labels = Int32Array.from({ length: 1030 }, (_, i) => (i < 750 ? 0 : i < 1000 ? 1 : 2));
    const rows = judgedRows(labels, 1000);
    const counts = [0, 1, 2].map((label) => rows.filter((i) => labels[i] === label).length);
    expect(counts).toEqual([202, 67, 30]);
    expect(judgedRows(labels.subarray(800), 200)).toHaveLength(230);
  });
});
