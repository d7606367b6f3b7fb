/** Learning in the page: photos are remembered as features, a head is fitted to them and to what the export knows, and the
 * result is saved as a bundle. Photos never leave the worker, and are not kept. */

import type { ClassTally, Learned } from "../protocol";
import type { PageManifest, Pixels } from "../types";
import { turned } from "./bundle";
import { divideWhatCan } from "./folds";
import { LearnedHead } from "./head";
import { type Known, judgedRows, stacked } from "./known";
import { grouped, lookOf } from "./looks";
import { type Matrix, centred, gram, pivotedCholesky, row, take as takeRows, zeros } from "./matrix";
import { type Memory, type Remembered, browserMemory, countsOf } from "./memory";
import { heldOutNovelty, unitLength } from "./prototypes";
import { type Examples, Rotation, classWeights, fit } from "./regression";
import { type Lesson, type Model, saved } from "./saving";
import { fitReading } from "./trust";
import { STRENGTHS, type Validation, crossValidate } from "./validation";

const FOLDS = 5;
const FEWEST_PHOTOS = 2;
const MOST_PHOTOS = 1000;

/** Learning or saving was asked for and cannot be done; `message` is one sentence. */
export class LearnError extends Error {
  override name = "LearnError";

  constructor(
    readonly code: "cannot-learn" | "few-photos" | "no-name" | "nothing-new" | "too-many",
    message: string,
  ) {
    super(message);
  }
}

export interface Tally {
  counts: Record<string, number>;
  keys: { key: string; className: string }[];
}

type Progress = (done: number, total: number) => void;

export class Learner {
  readonly canLearn: boolean;
  private photos = new Map<string, Remembered>();
  private known: Promise<Recalled> | null = null;
  private lesson: Lesson | null = null;
  private readonly memory: Memory;

  constructor(
    private readonly model: Model,
    memory?: Memory,
  ) {
    const { head, learning, outputs, weights_sha256 } = model.exported;
    this.canLearn = Boolean(head?.prototypes && learning && outputs.includes("features"));
    this.memory = memory ?? browserMemory(`${model.exported.bundle_sha256} ${weights_sha256}`);
  }

  /** The head that was learned last, null before that, */
  get head(): LearnedHead | null {
    return this.lesson?.head ?? null;
  }

  /** and how its answers are to be read. */
  get manifest(): PageManifest {
    return this.lesson?.manifest ?? this.model.exported;
  }

  /** Keep the features of a photo of a class, which may be a new one. */
  async remember(key: string, className: string, pixels: Pixels, digest: string | null = null): Promise<Tally> {
    this.require();
    const name = named(className);
    if (this.photos.size >= MOST_PHOTOS && !this.photos.has(key)) {
      throw new LearnError("too-many", `The page learns from at most ${MOST_PHOTOS} photos; for more, train a bundle with Kenali.`);
    }
    const features = await this.model.features(pixels);
    return this.keep(key, { className: name, features, look: lookOf(pixels), sha256: digest });
  }

  async forget(key: string): Promise<Tally> {
    this.photos.delete(key);
    await this.memory.remove(key);
    return this.tally();
  }

  async relabel(key: string, className: string): Promise<Tally> {
    const photo = this.photos.get(key);
    return photo ? this.keep(key, { ...photo, className: named(className) }) : this.tally();
  }

  /** What an earlier visit left. */
  async restore(): Promise<Tally> {
    const kept = this.canLearn ? await this.memory.load() : new Map<string, Remembered>();
    this.photos = new Map([...kept, ...this.photos]);
    return this.tally();
  }

  /** Go back to the exported head; photos stay remembered. */
  async unlearn(): Promise<Tally> {
    this.lesson = null;
    return this.tally();
  }

  /** Fit a head to the photos behind the exported prototypes and to those remembered. Throws LearnError. */
  async learn(progress: Progress = () => {}): Promise<Learned> {
    this.require();
    const started = performance.now();
    const added = [...this.photos.values()];
    if (!added.length) throw new LearnError("nothing-new", "Add photos of a class first.");
    const classNames = this.classNames();
    const short = this.newClasses().find((name) => added.filter((one) => one.className === name).length < FEWEST_PHOTOS);
    if (short !== undefined) throw new LearnError("few-photos", `The class “${short}” needs at least ${FEWEST_PHOTOS} photos.`);

    const old = await this.recalled();
    const m = old.labels.length;
    const k = classNames.length;
    const features = stacked(old.features, added.map((one) => one.features));
    const labels = Int32Array.from([...old.labels, ...added.map((one) => classNames.indexOf(one.className))]);
    const products = gram(features, old.products);
    const groups = grouped(old.groups, added.map((one) => one.look));
    const rotation = new Rotation(features, centred(products));
    const examples = { features: rotation.rows, labels, weights: classWeights(labels, k), classes: k };
    const validated = validate(examples, groups, judgedRows(labels, m), progress);
    const strength = validated?.best ?? STRENGTHS[STRENGTHS.length >> 1];
    const linear = rotation.undo(fit(examples, Int32Array.from(labels.keys()), strength));
    const prototypes = { count: labels.length, features: features.columns, unit: units(features) };
    const judged = validated?.rows ?? new Int32Array(0);
    const heldOut = validated && { ...validated, novelty: heldOutNovelty(products, groups, judged) };
    const reading = fitReading(heldOut, take(labels, judged), this.model.exported);

    this.lesson = {
      head: new LearnedHead(linear, prototypes),
      manifest: { ...this.model.exported, class_names: classNames, ...reading },
      strength,
      known: { features, labels, groups },
      added,
    };
    const classes = tallied(classNames, labels, m, judged, validated);
    return {
      classNames,
      right: classes.reduce((sum, one) => sum + one.right, 0),
      judged: classes.reduce((sum, one) => sum + one.judged, 0),
      classes,
      thresholds: reading.thresholds,
      calibrated: reading.calibration.method !== "none",
      milliseconds: performance.now() - started,
    };
  }

  /** The learned model as a bundle, zipped. Throws LearnError where nothing was learned. */
  async save(progress: Progress = () => {}): Promise<{ name: string; zip: Blob }> {
    if (!this.lesson) throw new LearnError("nothing-new", "Nothing was learned yet: there is nothing new to save.");
    return saved(this.model, this.lesson, progress);
  }

  private require(): void {
    if (!this.canLearn) {
      throw new LearnError(
        "cannot-learn",
        "This model cannot learn in the page: its bundle does not say whose features it knows; train it again with this Kenali.",
      );
    }
  }

  /** The photos behind the exported prototypes, as features again. */
  private recalled(): Promise<Recalled> {
    this.known ??= this.recall();
    return this.known;
  }

  private async recall(): Promise<Recalled> {
    const { head, learning } = this.model.exported;
    const m = learning!.labels.length;
    const flat = await this.model.weight(head!.prototypes!);
    const d = flat.length / m;
    const unit = turned(flat, d, m);
    const features = zeros(m, d);
    for (let i = 0; i < m; i++) {
      const own = unitLength(unit.subarray(i * d, (i + 1) * d));
      for (let j = 0; j < d; j++) features.data[i * d + j] = own[j] * learning!.lengths[i];
    }
    const { labels, groups } = learning!;
    return { features, labels: Int32Array.from(labels), groups: Int32Array.from(groups), products: gram(features) };
  }

  private newClasses(): string[] {
    const known = new Set(this.model.exported.class_names);
    return [...new Set([...this.photos.values()].map((one) => one.className))].filter((name) => !known.has(name));
  }

  private classNames(): string[] {
    return [...this.model.exported.class_names, ...this.newClasses()];
  }

  private async keep(key: string, photo: Remembered): Promise<Tally> {
    this.photos.set(key, photo);
    await this.memory.put(key, photo);
    return this.tally();
  }

  private tally(): Tally {
    return {
      counts: countsOf([...this.photos.values()]),
      keys: [...this.photos].map(([key, { className }]) => ({ key, className })),
    };
  }
}

/** A class's name as it was meant. Throws LearnError where there is none. */
function named(className: string): string {
  const name = className.trim();
  if (!name) throw new LearnError("no-name", "Give the class a name.");
  return name;
}

/** Known photos with the products (m, m) of their features. */
interface Recalled extends Known {
  products: Matrix;
}

/** Cross-validation over some of the photos, of which `rows` are then judged; null where no photo can be held out. */
function validate(examples: Examples, groups: Int32Array, chosen: Int32Array, progress: Progress): Validation | null {
  const few = some(examples, chosen);
  const fold = divideWhatCan(take(groups, chosen), few.labels, FOLDS);
  if (fold.every((one) => one < 0)) return null;
  const found = crossValidate(few, fold, STRENGTHS, progress);
  return { ...found, rows: take(chosen, found.rows) };
}

/** Some of the photos, in coordinates of what they alone span. */
function some(examples: Examples, rows: Int32Array): Examples {
  const { features, labels, classes } = examples;
  if (rows.length === labels.length) return examples;
  const few = take(labels, rows);
  const { factor } = pivotedCholesky(gram(takeRows(features, rows)));
  return { features: factor, labels: few, weights: classWeights(few, classes), classes };
}

function take(values: Int32Array, rows: Int32Array): Int32Array {
  return rows.map((index) => values[index]);
}

/** For each class, how many of its photos were named right while held out; the first `known` photos are not the user's. */
function tallied(
  classNames: string[],
  labels: Int32Array,
  known: number,
  judged: Int32Array,
  validated: Validation | null,
): ClassTally[] {
  const classes = classNames.map((name) => ({ name, added: 0, right: 0, judged: 0 }));
  labels.subarray(known).forEach((label) => classes[label].added++);
  validated?.logits.forEach((logits, n) => {
    const label = labels[judged[n]];
    classes[label].judged++;
    if (logits.every((value) => value <= logits[label])) classes[label].right++;
  });
  return classes;
}

function units(features: Matrix): Float32Array {
  const { rows, columns: d } = features;
  const unit = new Float32Array(rows * d);
  for (let i = 0; i < rows; i++) unit.set(unitLength(Float32Array.from(row(features, i))), i * d);
  return unit;
}
