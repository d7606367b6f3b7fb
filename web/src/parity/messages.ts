/** What the page and `kenali.export.replay` say to each other. */

import type { Backend } from "../types";

/** How the model is to be computed; `wasm-1` is WASM without threads. */
export type Setting = Backend | "wasm-1";

/** What to replay; paths are relative to the folder above the page's own. `draft` decodes large JPEGs smaller, as the product does. */
export interface Job {
  model: string;
  photos: string[];
  settings: Setting[];
  draft: boolean;
}

export type Message =
  | { kind: "hello"; browser: string }
  | { kind: "loaded"; setting: Setting; runtime: string; backend: Backend; threads: number; milliseconds: number }
  /** This browser cannot compute so. */
  | { kind: "loaded"; setting: Setting; absent: string }
  | {
      kind: "photo";
      setting: Setting;
      photo: number;
      pixels_sha256: string;
      /** Undivided by the temperature; JSON makes null of what is no finite number. */
      logits: number[];
      novelty: number | null;
      milliseconds: number;
    }
  | { kind: "photo"; setting: Setting; photo: number; problem: string }
  | { kind: "failed"; message: string }
  | { kind: "done" };

const root = new URL("../", location.href.replace(/assets\/[^/]*$/, ""));

/** The absolute URL of something that Python serves beside the page's folder. */
export function served(path: string): string {
  return new URL(path, root).href;
}

/** Tell Python; settled when it has heard. */
export async function tell(message: Message): Promise<void> {
  const response = await fetch(served("tell"), { method: "POST", body: JSON.stringify(message) });
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
}
