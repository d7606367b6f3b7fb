/** Names photos with the classes of an exported bundle. */

import { version_core } from "@tensorflow/tfjs-core";

import type { Answer, Backend, Heat, PageManifest, Pixels } from "../types";
import { chosen, type Chosen } from "./backend";
import { answerOf, likeliest } from "./doubt";
import { heatOfMaps, heatOfOcclusion, type Output } from "./evidence";
import { json, ModelError, required, type ReadFile } from "./files";
import { readArtifacts } from "./graph";

/** A head learned in the page, in place of the exported one; `features` (d,), logits (k,). */
export interface Head {
  logits(features: Float32Array): Float32Array;
  novelty(features: Float32Array): number | null;
  /** The head without its bias at each of some places: features of `places` (places, d) to (places, k). */
  maps(featureMap: Float32Array, places: number): Float32Array;
}

export interface Opening {
  /** Only this backend; without it the fastest one that agrees with WASM. */
  backend?: Backend | undefined;
  /** Threads of the WASM backend; 1 takes the build without threads. */
  threads?: number | undefined;
  progress?: ((stage: "download" | "compile", done: number, total: number) => void) | undefined;
}

export class Classifier {
  readonly backend: Backend;
  readonly threads: number;
  readonly version = `TF.js ${version_core}`;
  /** The manifest by which answers are read now; `exported` is the one that came with the files. */
  manifest: PageManifest;
  private head: Head | null = null;

  private constructor(
    readonly exported: PageManifest,
    private readonly read: ReadFile,
    private readonly running: Chosen,
  ) {
    this.manifest = exported;
    this.backend = running.backend;
    this.threads = running.threads;
  }

  /** Load `kenali.json`, `model.json` and the weights, choose a backend and warm it up. Throws ModelError. */
  static async open(read: ReadFile, { backend, threads, progress = () => {} }: Opening = {}): Promise<Classifier> {
    const manifest = await json<PageManifest>(read, "kenali.json");
    if (!manifest) throw new ModelError("The model is incomplete: kenali.json is missing.");
    if (manifest.format !== 1) {
      throw new ModelError(`The model is newer than this page: it has format ${String(manifest.format)}.`);
    }
    const artifacts = readArtifacts(read, manifest.weights_sha256, (done, total) => progress("download", done, total));
    const compiling = (done: number, total: number) => progress("compile", done, total);
    const running = await chosen(artifacts, manifest, { backend, threads, progress: compiling });
    return new Classifier(manifest, read, running);
  }

  /** What the model says of a photo's pixels, and where the evidence for its likeliest class lies. */
  async answer(pixels: Pixels, reject: number | null, heat: boolean): Promise<{ answer: Answer; heat: Heat | null }> {
    const mapped = heat && this.has(this.head ? "feature_map" : "maps");
    const given = await this.outputs(
      pixels,
      this.head ? ["features", ...(mapped ? ["feature_map"] : [])] : [...this.answers(), ...(mapped ? ["maps"] : [])],
    );
    const logits = this.head ? this.head.logits(given.features.data) : given.logits.data;
    const novelty = this.head ? this.head.novelty(given.features.data) : (given.novelty?.data[0] ?? null);
    const answer = answerOf(logits, novelty, this.manifest, reject);
    if (!heat) return { answer, heat: null };
    const label = likeliest(answer.probs);
    if (mapped) {
      const maps = this.head ? mapsOf(this.head, given.feature_map) : given.maps;
      return { answer, heat: heatOfMaps(logits, maps, label) };
    }
    return { answer, heat: await heatOfOcclusion(pixels, label, (some) => this.logits(some)) };
  }

  /** Outputs of the exported graph for one photo: `logits` (1, k) as they are, `features` (1, d), ... */
  outputs(pixels: Pixels, names: string[]): Promise<Record<string, Output>> {
    return this.running.graph.run([pixels], names);
  }

  /** Whether the graph has an output. */
  has(output: string): boolean {
    return this.exported.outputs.includes(output);
  }

  /** What the last linear layer sees of a photo, (d,). */
  async features(pixels: Pixels): Promise<Float32Array> {
    return (await this.outputs(pixels, ["features"])).features.data;
  }

  /** The expanded numbers of one of the graph's weights. */
  weight(name: string): Promise<Float32Array> {
    return this.running.graph.weight(name);
  }

  /** The bytes of another file of `model/`. Throws ModelError where there is none. */
  file(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return required(this.read, name);
  }

  /** Let a head learned in the page answer, by its own manifest; null goes back to the exported one. */
  replaceHead(head: Head | null, manifest: PageManifest = this.exported): void {
    this.head = head;
    this.manifest = head ? manifest : this.exported;
  }

  dispose(): void {
    this.running.graph.dispose();
  }

  private answers(): string[] {
    return ["logits", "novelty"].filter((name) => this.has(name));
  }

  /** Logits of several photos, by the head that answers now. */
  private async logits(photos: Pixels[]): Promise<Float32Array[]> {
    const name = this.head ? "features" : "logits";
    const given = (await this.running.graph.run(photos, [name]))[name];
    const rows = photos.map((_, n) => row(given.data, n, photos.length));
    return this.head ? rows.map((features) => this.head!.logits(features)) : rows;
  }
}

function mapsOf(head: Head, featureMap: Output): Output {
  const [height, width] = featureMap.shape.slice(-3);
  const data = head.maps(featureMap.data, height * width);
  return { shape: [height, width, data.length / (height * width)], data };
}

function row(values: Float32Array, n: number, rows: number): Float32Array {
  const length = values.length / rows;
  return values.subarray(n * length, (n + 1) * length);
}
