/** The twin of `images.py` gives Python's bytes: expectations and files are those of tests/test_golden_pixels.py. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { openAsBlob } from "node:fs";
import { expect, test } from "vitest";

import { decode, draftSide, PhotoError, preprocess, seenWindow } from "../../src/pixels";
import type { Preprocessing } from "../../src/types";

interface Expected {
  pictures: { file: string; width: number; height: number; sha256: string; hex?: string }[];
  preprocessings: Preprocessing[];
  pixels: { file: string; preprocessing: number; sha256: string; hex?: string }[];
  windows: { size: [number, number]; preprocessing: number; window: number[]; draft: number }[];
  refused: { file: string; code: string; detail: string }[];
}

const folder = new URL("../../../tests/golden/", import.meta.url);
const expected = JSON.parse(readFileSync(new URL("expected.json", folder), "utf-8")) as Expected;
const picture = async (name: string) => (await decode(await openAsBlob(new URL(`pictures/${name}`, folder)), null)).image;

function summary(data: Uint8Array) {
  const hex = Buffer.from(data).toString("hex");
  return { sha256: createHash("sha256").update(data).digest("hex"), ...(data.length <= 200 && { hex }) };
}

test.each(expected.pictures)("$file decodes to Python's pixels", async ({ file, ...wanted }) => {
  const { width, height, data } = await picture(file);
  expect({ width, height, ...summary(data) }).toEqual(wanted);
});

test("every preprocessing of every size gives Python's bytes", async () => {
  for (const { file, preprocessing, ...wanted } of expected.pixels) {
    const pixels = preprocess(await picture(file), expected.preprocessings[preprocessing]);
    expect(summary(pixels.data), `${file}, preprocessing ${preprocessing}`).toEqual(wanted);
  }
});

test("windows and drafts are Python's", () => {
  for (const { size, preprocessing, window, draft } of expected.windows) {
    expect(seenWindow(size, expected.preprocessings[preprocessing])).toEqual(window);
    expect(draftSide(expected.preprocessings[preprocessing])).toBe(draft);
  }
});

test.each(expected.refused)("$file is refused as $code", async ({ file, code, detail }) => {
  const error: unknown = await decode(await openAsBlob(new URL(`refused/${file}`, folder)), null).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(PhotoError);
  const problem = (error as PhotoError).problem;
  expect(problem.code).toBe(code);
  if (code !== "corrupt") expect(problem.detail).toBe(detail); // what Pillow adds there are its own words
});
