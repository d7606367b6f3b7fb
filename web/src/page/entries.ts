/** The photos of the page and what became of each: plain values, and a list that tells who listens what changed. */

import { likeliest, reasonOf } from "../model/doubt";
import type { Answer, Heat, Limits } from "../types";

export type State =
  | { kind: "waiting" }
  | { kind: "working" }
  | { kind: "done"; answer: Answer; milliseconds: number; prediction?: string }
  | { kind: "problem"; code: string };

/** One photo. `file` is the browser's handle on it: its bytes stay on the disk until they are read. */
export interface Entry {
  readonly key: number;
  readonly name: string;
  readonly file: Blob;
  state: State;
}

/** Heat with what is needed to lay it over its photo. */
export interface PlacedHeat {
  heat: Heat;
  window: [number, number, number, number];
  size: [number, number];
}

/** Classes from the likeliest down; equal shares keep the order of the class names. */
export function ranked(probs: Float32Array): number[] {
  return Array.from(probs.keys()).sort((a, b) => probs[b] - probs[a] || a - b);
}

/** How many photos are in which state. */
export interface Counts {
  total: number;
  done: number;
  unknown: number;
  problems: number;
  /** Photos named as each class, by the class's place. */
  classes: Map<number, number>;
}

type Change = { kind: "added" | "removed" | "all" } | { kind: "entry"; entry: Entry } | { kind: "selected" };

export class Entries {
  readonly all: Entry[] = [];
  selected: Entry | null = null;
  /** Whether the list, which may show some photos only, shows this one. */
  listed: (entry: Entry) => boolean = () => true;
  private readonly listeners: ((change: Change) => void)[] = [];
  private next = 1;

  listen(listener: (change: Change) => void): void {
    this.listeners.push(listener);
  }

  /** Adds photos at the end; the first is shown when it stands alone among what is new, or nothing was shown. */
  add(files: readonly { name: string; file: Blob }[]): Entry[] {
    const added = files.map(({ name, file }): Entry => ({ key: this.next++, name, file, state: { kind: "waiting" } }));
    this.all.push(...added);
    this.tell({ kind: "added" });
    const first = added[0];
    if (first) this.select(first);
    return added;
  }

  clear(): void {
    this.all.length = 0;
    this.selected = null;
    this.tell({ kind: "removed" });
    this.tell({ kind: "selected" });
  }

  set(entry: Entry, state: State): void {
    entry.state = state;
    this.tell({ kind: "entry", entry });
  }

  select(entry: Entry): void {
    if (this.selected === entry) return;
    this.selected = entry;
    this.tell({ kind: "selected" });
  }

  /** The nearest photo before (-1) or after (1) the selected one that the list shows, null where there is none. */
  neighbour(by: -1 | 1): Entry | null {
    if (!this.selected) return null;
    for (let place = this.all.indexOf(this.selected) + by; place in this.all; place += by) {
      if (this.listed(this.all[place])) return this.all[place];
    }
    return null;
  }

  step(by: -1 | 1): void {
    const entry = this.neighbour(by);
    if (entry) this.select(entry);
  }

  /** The list shows other photos than before. */
  relist(): void {
    this.tell({ kind: "all" });
  }

  /** Judges all answers by other limits. */
  judge(limits: Limits): void {
    for (const { state } of this.all) {
      if (state.kind !== "done") continue;
      const { probs, novelty } = state.answer;
      state.answer = { ...state.answer, reason: reasonOf(probs, novelty, limits) };
    }
    this.tell({ kind: "all" });
  }

  /** Back to waiting: the model is another one. */
  askAgain(): void {
    for (const entry of this.all) if (entry.state.kind === "done") entry.state = { kind: "waiting" };
    this.tell({ kind: "all" });
  }

  counts(): Counts {
    const counts: Counts = { total: this.all.length, done: 0, unknown: 0, problems: 0, classes: new Map() };
    for (const { state } of this.all) {
      if (state.kind === "problem") {
        counts.done++;
        counts.problems++;
      } else if (state.kind === "done") {
        counts.done++;
        const best = likeliest(state.answer.probs);
        if (state.answer.reason) counts.unknown++;
        else counts.classes.set(best, (counts.classes.get(best) ?? 0) + 1);
      }
    }
    return counts;
  }

  private tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }
}
