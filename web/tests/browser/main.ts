/** Lets a program that drives a browser look at photos through the page's own modules: see benchmarks/browser_pixels.py. */

import type { Preprocessing } from "../../src/types";
import type { Looked } from "./worker";

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });

/** What the network would see of the photo at an address, with or without a draft. */
function look(address: string, preprocessing: Preprocessing, draft: boolean): Promise<Looked> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Looked>) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ address: new URL(address, location.href).href, preprocessing, draft });
  });
}

Object.assign(globalThis, { look });
