/** What a browser is given to decode: the file without orientation and profile, which would be applied there. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { readJpeg } from "../../src/pixels/jpeg";
import { readWebp } from "../../src/pixels/webp";

const golden = (name: string) => new Uint8Array(readFileSync(new URL(`../../../tests/golden/refused/${name}`, import.meta.url)));
const text = (letters: string) => Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
const bytesOf = async (file: Blob) => new Uint8Array(await file.arrayBuffer());

/** A TIFF block that states an orientation. */
const tiff = (orientation: number) =>
  Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0);

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

const segment = (marker: number, ...body: Uint8Array[]) => {
  const length = 2 + joined(...body).length;
  return joined(Uint8Array.of(0xff, marker, length >> 8, length & 255), ...body);
};

test("a JPEG loses its EXIF, profile and what follows its end, and nothing else", async () => {
  const plain = joined(golden("no-end.jpg"), Uint8Array.of(0xff, 0xd9));
  const about = [
    segment(0xe1, text("Exif\0\0"), tiff(6)),
    segment(0xe1, text("http://ns.adobe.com/xap/1.0/\0"), text('<x tiff:Orientation="3"/>')),
    segment(0xe2, text("ICC_PROFILE\0"), Uint8Array.of(1, 1, 7, 7)),
  ];
  const file = joined(plain.subarray(0, 2), ...about, plain.subarray(2), text("a second frame"));
  const header = readJpeg(file);
  expect(header).toMatchObject({ width: 12, height: 12, frames: 1, orientation: 6 });
  expect(await bytesOf(header.bare)).toEqual(joined(plain.subarray(0, 2), about[1], plain.subarray(2)));
  expect(readJpeg(joined(plain.subarray(0, 2), about[1], plain.subarray(2))).orientation).toBe(3);
  expect(readJpeg(plain).orientation).toBe(1);
});

test("a WebP loses its EXIF and profile, and the flags that announce them", async () => {
  const chunk = (name: string, body: Uint8Array) => joined(text(name), Uint8Array.of(body.length, 0, 0, 0), body, new Uint8Array(body.length & 1));
  const riff = (...chunks: Uint8Array[]) => {
    const body = joined(text("WEBP"), ...chunks);
    return joined(text("RIFF"), Uint8Array.of(body.length, 0, 0, 0), body);
  };
  const pixels = chunk("VP8L", Uint8Array.of(0x2f, 4, 0x80, 1, 0, 9));
  const extended = (flags: number) => chunk("VP8X", Uint8Array.of(flags, 0, 0, 0, 4, 0, 0, 6, 0, 0));
  const header = readWebp(riff(extended(0x3c), chunk("ICCP", text("profile")), pixels, chunk("EXIF", tiff(8))));
  expect(header).toMatchObject({ width: 5, height: 7, frames: 1, orientation: 8 });
  expect(await bytesOf(header.bare)).toEqual(riff(extended(0x10), pixels));
  expect(readWebp(riff(pixels))).toMatchObject({ width: 5, height: 7, orientation: 1 });
});
