/** The model as it is now: what was exported, or what it became by learning on the page. */

import { limitsFor } from "../model/doubt";
import type { Reply } from "../protocol";
import type { Limits, PageManifest } from "../types";
import type { Place } from "./served";

export class Model {
  readonly manifest: PageManifest;
  readonly backend: string;
  readonly threads: number;
  readonly canLearn: boolean;
  classNames: string[];
  thresholds: PageManifest["thresholds"];
  learned = false;
  /** The rate of turning away that the reader chose; null is the model's own. */
  reject: number | null = null;

  constructor(
    loaded: Extract<Reply, { kind: "loaded" }>,
    readonly place: Place = "device",
  ) {
    this.manifest = loaded.manifest;
    this.backend = loaded.backend;
    this.threads = loaded.threads;
    this.canLearn = loaded.canLearn;
    this.classNames = loaded.manifest.class_names;
    this.thresholds = loaded.manifest.thresholds;
  }

  /** The limits in force. */
  limits(): Limits {
    return limitsFor(this.thresholds, this.reject);
  }

  /** Takes what was learned, or with null the exported model. */
  become(learned: Extract<Reply, { kind: "learned" }> | null): void {
    this.learned = learned !== null;
    this.classNames = learned?.classNames ?? this.manifest.class_names;
    this.thresholds = (learned ?? this.manifest).thresholds;
  }
}
