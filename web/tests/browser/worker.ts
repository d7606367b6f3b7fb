import { decode, draftSide, PhotoError, preprocess } from "../../src/pixels";
import type { Preprocessing } from "../../src/types";

export interface Looked {
  /** The bytes of the network's pixels, base 64; empty where the photo cannot be used, which `code` tells. */
  pixels: string;
  code: string;
  size: [number, number];
  milliseconds: number;
}

const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = async ({ data }: MessageEvent<{ address: string; preprocessing: Preprocessing; draft: boolean }>) => {
  const photo = await (await fetch(data.address)).blob();
  const begin = performance.now();
  try {
    const { image, size } = await decode(photo, data.draft ? draftSide(data.preprocessing) : null);
    const pixels = preprocess(image, data.preprocessing).data;
    let letters = "";
    for (let at = 0; at < pixels.length; at += 8192) letters += String.fromCharCode(...pixels.subarray(at, at + 8192));
    scope.postMessage({ pixels: btoa(letters), code: "", size, milliseconds: performance.now() - begin } satisfies Looked);
  } catch (error) {
    const code = error instanceof PhotoError ? error.code : String(error);
    scope.postMessage({ pixels: "", code, size: [0, 0], milliseconds: performance.now() - begin } satisfies Looked);
  }
};
