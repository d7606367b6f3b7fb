import { expect, test } from "vitest";

import { cell, number, toCsv } from "../../src/page/csv";
import type { Entry, State } from "../../src/page/entries";

const entry = (name: string, state: State): Entry => ({ key: 0, name, file: new Blob(), state });

test("cells are quoted where needed and never a formula", () => {
  expect(cell("plain.jpg")).toBe("plain.jpg");
  expect(cell('a "b", c')).toBe('"a ""b"", c"');
  expect(cell("two\nlines")).toBe('"two\nlines"');
  for (const start of ["=", "+", "-", "@", "\t", "\r"]) expect(cell(`${start}cmd|' /C calc'!A0`)).toMatch(/^"?'/);
  expect(cell('=HYPERLINK("http://x","y")')).toBe(`"'=HYPERLINK(""http://x"",""y"")"`);
});

test("numbers have six significant digits", () => {
  expect([1 / 3, 1, 0, Math.fround(0.1)].map(number)).toEqual(["0.333333", "1", "0", "0.1"]);
});

test("the columns are those of kenali predict --csv", () => {
  const answer = { probs: Float32Array.of(0.25, 0.75), novelty: 0.125, reason: null, candidates: [1, 0] };
  const strange = { ...answer, novelty: null, reason: "novel" as const, candidates: [] };
  const lines = toCsv(
    [
      entry("a.jpg", { kind: "done", answer, milliseconds: 1 }),
      entry("=b.jpg", { kind: "done", answer: strange, milliseconds: 1 }),
      entry("c.jpg", { kind: "problem", code: "corrupt" }),
      entry("d.jpg", { kind: "waiting" }),
    ],
    ["brick", "@grass"],
    (code) => `it is ${code}`,
  );
  expect(lines.split("\r\n")).toEqual([
    "\ufeffpath,label,confidence,p:brick,p:@grass,reason,novelty,set,error",
    "a.jpg,'@grass,0.75,0.25,0.75,,0.125,'@grass|brick,",
    "'=b.jpg,unknown,0.75,0.25,0.75,novel,,,",
    "c.jpg,,,,,,,,it is corrupt",
    "",
  ]);
});
