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
    }
  | { id: number; kind: "remembered"; counts: Record<string, number> }
  | { id: number; kind: "learned"; classNames: string[]; right: number; judged: number; milliseconds: number }
  | { id: number; kind: "saved"; name: string; zip: Blob }
  | { id: number; kind: "done" }
  /** The photo cannot be used; the worker goes on. */
  | { id: number; kind: "problem"; problem: PhotoProblem }
  /** Nothing works any more, or this request was wrong; `message` is one sentence. */
  | { id: number; kind: "failed"; message: string };
