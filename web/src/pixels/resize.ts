/** Pillow's antialiased resize, byte for byte.
 *
 * Two passes of a filter that grows with the reduction, first along rows, then along columns, in whole numbers with 22
 * binary places and 8 bits between the passes, as `Image.resize` computes them for 8-bit images. Rows come first whatever
 * the shape, which Python sees to as well (`_resized` in `images.py`).
 */

const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/** An image of bytes (height, width, channels). */
export interface Raster {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array;
}

export type Box = [left: number, top: number, right: number, bottom: number];

interface Filter {
  reach: number;
  weight: (x: number) => number;
}

export const FILTERS: Record<"bilinear" | "bicubic", Filter> = {
  bilinear: { reach: 1, weight: (x) => (Math.abs(x) < 1 ? 1 - Math.abs(x) : 0) },
  bicubic: {
    reach: 2,
    weight: (signed) => {
      const a = -0.5;
      const x = Math.abs(signed);
      if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    },
  },
};

/** The part of an image within `box`, whose edges need not be whole numbers, at a new size.
 *
 * Where the filter reaches beyond the box it takes what the image holds there.
 */
export function resize(
  image: Raster,
  width: number,
  height: number,
  interpolation: keyof typeof FILTERS,
  box: Box = whole(image),
): Raster {
  const [left, top, right, bottom] = box.map(Math.fround);
  const filter = FILTERS[interpolation];
  const sameColumns = width === image.width && left === 0 && right === width;
  const sameRows = height === image.height && top === 0 && bottom === height;
  const columns = taps(image.width, left, right, width, filter);
  const rows = taps(image.height, top, bottom, height, filter);
  if (sameColumns && sameRows) return { ...image, data: image.data.slice() };
  if (sameRows) return alongRows(image, columns, 0, image.height);
  if (sameColumns) return alongColumns(image, rows, 0);
  const last = height - 1;
  return alongColumns(alongRows(image, columns, rows.start[0], rows.start[last] + rows.count[last]), rows, rows.start[0]);
}

function whole(image: Raster): Box {
  return [0, 0, image.width, image.height];
}

/** For each place of the result: where its pixels start, how many they are, and their weights, `most` places a result. */
interface Taps {
  start: Int32Array;
  count: Int32Array;
  weights: Int32Array;
  most: number;
}

function taps(size: number, begin: number, end: number, places: number, filter: Filter): Taps {
  const scale = Math.fround(end - begin) / places;
  const stretch = Math.max(1, scale);
  const reach = filter.reach * stretch;
  const most = Math.ceil(reach) * 2 + 1;
  const start = new Int32Array(places);
  const count = new Int32Array(places);
  const weights = new Int32Array(places * most);
  const exact = new Float64Array(most);
  for (let place = 0; place < places; place++) {
    const centre = begin + (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const n = Math.min(size, Math.trunc(centre + reach + 0.5)) - first;
    let total = 0;
    for (let x = 0; x < n; x++) total += exact[x] = filter.weight((x + first - centre + 0.5) * (1 / stretch));
    for (let x = 0; x < n; x++) {
      const share = total === 0 ? exact[x] : exact[x] / total;
      weights[place * most + x] = Math.trunc(share * (1 << PRECISION_BITS) + (share < 0 ? -0.5 : 0.5));
    }
    start[place] = first;
    count[place] = n;
  }
  return { start, count, weights, most };
}

/** Each row of `from` to `to` made as long as there are taps. */
function alongRows({ width, channels, data }: Raster, { start, count, weights, most }: Taps, from: number, to: number): Raster {
  const places = start.length;
  const made = new Uint8Array((to - from) * places * channels);
  for (let y = from, at = 0; y < to; y++) {
    for (let place = 0; place < places; place++) {
      const first = (y * width + start[place]) * channels;
      for (let c = 0; c < channels; c++, at++) {
        let sum = HALF;
        let pixel = first + c;
        const end = place * most + count[place];
        for (let tap = place * most; tap < end; tap++, pixel += channels) {
          sum = (sum + Math.imul(data[pixel], weights[tap])) | 0;
        }
        made[at] = clipped(sum >> PRECISION_BITS);
      }
    }
  }
  return { width: places, height: to - from, channels, data: made };
}

/** As many rows as there are taps, which count the rows from `offset`. */
function alongColumns({ width, channels, data }: Raster, { start, count, weights, most }: Taps, offset: number): Raster {
  const places = start.length;
  const line = width * channels;
  const made = new Uint8Array(places * line);
  for (let place = 0; place < places; place++) {
    const first = (start[place] - offset) * line;
    const end = place * most + count[place];
    for (let x = 0; x < line; x++) {
      let sum = HALF;
      let pixel = first + x;
      for (let tap = place * most; tap < end; tap++, pixel += line) sum = (sum + Math.imul(data[pixel], weights[tap])) | 0;
      made[place * line + x] = clipped(sum >> PRECISION_BITS);
    }
  }
  return { width, height: places, channels, data: made };
}

function clipped(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
