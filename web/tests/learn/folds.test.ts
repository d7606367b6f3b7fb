import { describe, expect, it } from "vitest";

import { divide, fewestGroups } from "../../src/learn/folds";
import { grouped, judgedRows, stacked } from "../../src/learn/known";
import { gram, zeros } from "../../src/learn/matrix";

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
    expect(fewestGroups(Int32Array.from([1, 1, 2]), Int32Array.from([0, 0, 1]), 2)).toBe(1);
  });
});

describe("added photos", () => {
  it("join the group of what they all but repeat, and only that", () => {
    const known = zeros(2, 3);
    known.data.set([1, 0, 0, 0, 1, 0]);
    const added = [[0, 0, 2], [0, 2, 0.1], [0, 0.1, 1]].map((features) => Float32Array.from(features));
    const groups = grouped(gram(stacked(known, added), gram(known)), Int32Array.from([4, 7]));
    const [first, second, third, fourth, fifth] = groups;
    expect([first, second]).toEqual([4, 7]);
    expect(fourth).toBe(second); // twice as bright, all but the same direction
    expect(fifth).toBe(third);
    expect(new Set([first, second, third]).size).toBe(3);
  });

  it("are all judged, beside an even share of many known ones", () => {
    const labels = Int32Array.from({ length: 1030 }, (_, i) => (i < 750 ? 0 : i < 1000 ? 1 : 2));
    const rows = judgedRows(labels, 1000);
    const counts = [0, 1, 2].map((label) => rows.filter((i) => labels[i] === label).length);
    expect(counts).toEqual([202, 67, 30]);
    expect(judgedRows(labels.subarray(800), 200)).toHaveLength(230);
  });
});
