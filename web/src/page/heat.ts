/** A heat map over its photo, in colours that differ in lightness too: the twin of `explain/picture.py`. */

import type { Heat } from "../types";
import type { PlacedHeat } from "./entries";

/** Every fifth of matplotlib's `inferno` (van der Walt and Smith 2015, CC0), whose lightness rises evenly. */
const ANCHORS = [
  [0, 0, 4],
  [66, 10, 104],
  [147, 38, 103],
  [221, 81, 58],
  [252, 165, 10],
  [252, 255, 164],
];
/** How much of the hottest place is colour, the rest photo. */
const STRONGEST = 0.75;
/** Brightness of what the network did not see. */
const OUTSIDE = 0.55;
/** Longer side of the drawn map in pixels; the browser scales it to the photo. */
const LONGEST = 640;

/** RGB 0..255 of a level 0..1. */
export function colour(level: number): [number, number, number] {
  const place = Math.min(Math.max(level, 0), 1) * (ANCHORS.length - 1);
  const low = Math.min(Math.floor(place), ANCHORS.length - 2);
  const part = place - low;
  return [0, 1, 2].map((c) => ANCHORS[low][c] * (1 - part) + ANCHORS[low + 1][c] * part) as [number, number, number];
}

/** The heat scaled to its own maximum and enlarged to (height, width) by a cubic filter (Keys 1981), kept within 0..1. */
export function enlarged({ heat, height: fromHeight, width: fromWidth }: Heat, height: number, width: number): Float32Array {
  const top = heat.reduce((most, value) => Math.max(most, value), 0);
  const scale = top > 0 ? 1 / top : 1;
  const wide = new Float32Array(fromHeight * width);
  const columns = taps(fromWidth, width);
  for (let y = 0; y < fromHeight; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const [from, weight] of columns[x]) sum += weight * heat[y * fromWidth + from];
      wide[y * width + x] = sum * scale;
    }
  }
  const out = new Float32Array(height * width);
  const rows = taps(fromHeight, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const [from, weight] of rows[y]) sum += weight * wide[from * width + x];
      out[y * width + x] = Math.min(Math.max(sum, 0), 1);
    }
  }
  return out;
}

/** For each place of `to`, which of `from` places count and how much; beyond the edge the edge counts. */
function taps(from: number, to: number): [number, number][][] {
  return Array.from({ length: to }, (_, place) => {
    const centre = ((place + 0.5) * from) / to - 0.5;
    const base = Math.floor(centre);
    return [-1, 0, 1, 2].map((step): [number, number] => [
      Math.min(Math.max(base + step, 0), from - 1),
      cubic(Math.abs(centre - base - step)),
    ]);
  });
}

function cubic(distance: number): number {
  if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1;
  if (distance < 2) return ((-0.5 * distance + 2.5) * distance - 4) * distance + 2;
  return 0;
}

/** Whether any place counted at all. */
export function isWarm({ heat }: Heat): boolean {
  return heat.some((value) => value > 0);
}

/** Whether a part of the photo lies outside of what the network saw. */
export function hasEdge({ window: [left, top, right, bottom], size: [width, height] }: PlacedHeat): boolean {
  return left > 0.5 || top > 0.5 || right < width - 0.5 || bottom < height - 0.5;
}

/** Draws colour over the seen window and darkness over the rest; the photo beneath is shown in grey. */
export function drawHeat(canvas: HTMLCanvasElement, placed: PlacedHeat): void {
  const scale = Math.min(1, LONGEST / Math.max(...placed.size));
  const [width, height] = placed.size.map((side) => Math.max(1, Math.round(side * scale)));
  const [left, top, right, bottom] = placed.window.map((edge) => Math.round(edge * scale));
  const across = Math.max(1, right - left);
  const level = enlarged(placed.heat, Math.max(1, bottom - top), across);
  const picture = new ImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      if (x < left || x >= right || y < top || y >= bottom) {
        picture.data[at + 3] = 255 * (1 - OUTSIDE);
        continue;
      }
      paint(picture.data, at, level[(y - top) * across + x - left]);
    }
  }
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.putImageData(picture, 0, 0);
}

/** The colours from no heat to the hottest, over middle grey. */
export function drawRamp(canvas: HTMLCanvasElement): void {
  const picture = new ImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i++) paint(picture.data, 4 * i, (i % canvas.width) / (canvas.width - 1));
  const context = canvas.getContext("2d");
  context?.putImageData(picture, 0, 0);
  if (!context) return;
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "rgb(128 128 128)";
  context.fillRect(0, 0, canvas.width, canvas.height);
}

function paint(data: Uint8ClampedArray, at: number, level: number): void {
  const [red, green, blue] = colour(level);
  data[at] = red;
  data[at + 1] = green;
  data[at + 2] = blue;
  data[at + 3] = 255 * STRONGEST * Math.sqrt(level);
}
