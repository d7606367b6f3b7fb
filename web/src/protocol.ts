/** What the page and its worker say to each other. Every request carries an `id`, and every reply repeats it. */

import type { Answer, Backend, Heat, PageManifest, PhotoProblem } from "./types";

export type Request =
  /** Load `model/` below `base` (an absolute URL that ends in a slash); without `backend` the fastest present one. */
  | { id: number; kind: "load"; base: string; backend?: Backend }
  /** Name a photo from its file's bytes, or one frame of a video; `heat` asks for the evidence of the likeliest class. */
  | { id: number; kind: "classify"; photo: Blob | ImageBitmap; reject: number | null; heat: boolean }
  /** Learning in the page: see `learn/`. A photo is remembered under `key` with its class, forgotten, or all are learned. */
  | { id: number; kind: "remember"; key: string; className: string; photo: Blob | ImageBitmap }
  | { id: number; kind: "forget"; key: string }
  | { id: number; kind: "relabel"; key: string; className: string }
  | { id: number; kind: "learn" }
  /** What an earlier visit left: answered by `remembered`. Only features were kept, so there are no photos to show. */
  | { id: number; kind: "recall" }
  /** Go back to the model as it was exported. */
  | { id: number; kind: "unlearn" }
  /** The bundle, as a ZIP, of the model as it is now. */
  | { id: number; kind: "save" };

export type Reply =
  | { id: number; kind: "progress"; stage: "download" | "compile" | "learn" | "save"; done: number; total: number }
  | { id: number; kind: "loaded"; manifest: PageManifest; backend: Backend; threads: number; canLearn: boolean }
  | {
      id: number;
      kind: "answer";
      answer: Answer;
      heat: Heat | null;
      /** (left, top, right, bottom) of what the network sees, in pixels of the upright photo of this width and height. */
      window: [number, number, number, number];
      size: [number, number];
      milliseconds: number;
      /** The server's name for this answer, for feedback; the device gives none. */
      prediction?: string;
    }
  | { id: number; kind: "remembered"; counts: Record<string, number>; keys: { key: string; className: string }[] }
  | ({ id: number; kind: "learned" } & Learned)
  | { id: number; kind: "saved"; name: string; zip: Blob }
  | { id: number; kind: "done" }
  /** The photo cannot be used; the worker goes on. */
  | { id: number; kind: "problem"; problem: PhotoProblem }
  /** Nothing works any more, or this request was wrong; `message` is one sentence. */
  | { id: number; kind: "failed"; message: string; code?: string };

/** What learning made of the head. */
export interface Learned {
  classNames: string[];
  /** Of all photos known and added, how many were named right while they were held out; 0 of 0 where none could be. */
  right: number;
  judged: number;
  classes: ClassTally[];
  thresholds: PageManifest["thresholds"];
  /** Whether percentages were set right on held-out photos. */
  calibrated: boolean;
  milliseconds: number;
}

/** One class after learning: photos added in the page, and, over all its photos, how many held-out ones were named right. */
export interface ClassTally {
  name: string;
  added: number;
  right: number;
  judged: number;
}
