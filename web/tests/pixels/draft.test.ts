import { expect, test } from "vitest";

import { draftFactor, reduce } from "../../src/pixels/draft";

test("drafts keep the short side that was asked for, as libjpeg's do", () => {
  expect(draftFactor(1023, 2000, 512)).toBe(1);
  expect(draftFactor(1024, 2000, 512)).toBe(2);
  expect(draftFactor(4032, 3024, 512)).toBe(4);
  expect(draftFactor(8165, 6124, 512)).toBe(8);
  expect(draftFactor(8165, 6124, null)).toBe(1);
});

test("a tile is reduced to the means of its squares, those at the edge of fewer pixels", () => {
  const [width, height] = [5, 3];
  const tile = Uint8ClampedArray.from({ length: 4 * width * height }, (_, n) => (n % 4 === 3 ? 255 : (n * 7) % 251));
  const into = new Uint8Array(3 * 4 * 3).fill(9);
  reduce(tile, width, height, 2, into, 3, 4);
  for (let y = 0; y < 2; y++) {
    for (let x = 0; x < 3; x++) {
      for (let c = 0; c < 3; c++) {
        const square = [0, 1].flatMap((dy) => [0, 1].map((dx) => [2 * x + dx, 2 * y + dy])).filter(([px, py]) => px < width && py < height);
        const mean = square.reduce((sum, [px, py]) => sum + tile[4 * (py * width + px) + c], 0) / square.length;
        expect(into[3 + 3 * (4 * y + x) + c]).toBe(Math.floor(mean + 0.5));
      }
    }
  }
  expect(into[0]).toBe(9);
  const same = new Uint8Array(3 * width * height);
  reduce(tile, width, height, 1, same, 0, width);
  expect(Array.from(same)).toEqual(Array.from(tile).filter((_, n) => n % 4 < 3));
});
