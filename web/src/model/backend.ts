/** Which backend runs a graph: the fastest one that says the same as WASM. */

import { removeBackend, setBackend, type io } from "@tensorflow/tfjs-core";

import type { Backend, PageManifest, Pixels } from "../types";
import { softmax } from "./doubt";
import { hardware, start } from "./engine";
import { Graph } from "./graph";

const TOLERANCE = 1e-3; // of a probability or novelty: float32 in another order stays far below, 16-bit shaders lie above
const TIMED = 3; // answers of each backend, where there are several to choose from

export interface Chosen {
  graph: Graph;
  backend: Backend;
  threads: number;
}

export interface Choosing {
  backend?: Backend | undefined;
  threads?: number | undefined;
  progress: (done: number, total: number) => void;
}

/** A graph, warm, on the backend that was asked for, or else on the fastest one.
 *
 * Graphics drivers compute wrongly more often than one thinks, so a GPU must show on one picture that it agrees with WASM
 * and is faster. The first backend starts while the weights are still coming. Throws ModelError where nothing runs.
 */
export async function chosen(
  artifacts: Promise<io.ModelArtifacts>,
  manifest: PageManifest,
  { backend, threads, progress }: Choosing,
): Promise<Chosen> {
  const rivals = backend ? [] : await hardware();
  const steps = 1 + rivals.length;
  artifacts.then(
    () => progress(0, steps),
    () => {}, // whoever awaits them hears of it
  );
  const times = rivals.length ? TIMED : 1;
  let best = await contender(artifacts, manifest, times, backend ?? "wasm", threads).catch((error: unknown) => {
    if (backend) throw error;
    return contender(artifacts, manifest, times, "cpu");
  });
  progress(1, steps);
  for (const [n, rival] of rivals.entries()) {
    const other = await contender(artifacts, manifest, times, rival).catch(() => null);
    progress(2 + n, steps);
    if (!other) continue;
    const wins = other.milliseconds < best.milliseconds && distance(other.said, best.said) <= TOLERANCE;
    const loser = wins ? best : other;
    loser.graph.dispose();
    if (wins) best = other;
    removeBackend(loser.backend);
    if (wins) break; // WebGPU, tried first, needs no comparison with WebGL
  }
  await setBackend(best.backend);
  return { graph: best.graph, backend: best.backend, threads: best.threads };
}

interface Contender extends Chosen {
  /** What it says of the trial picture: probabilities and novelty. */
  said: number[];
  /** The least time of an answer when warm. */
  milliseconds: number;
}

/** A graph loaded on a backend, which it has answered on a few times. */
async function contender(
  artifacts: Promise<io.ModelArtifacts>,
  manifest: PageManifest,
  times: number,
  backend: Backend,
  threads?: number,
): Promise<Contender> {
  const running = await start(backend, threads);
  const graph = await Graph.load(await artifacts);
  const names = ["logits", "novelty"].filter((name) => manifest.outputs.includes(name));
  const picture = trialPicture(manifest.preprocessing);
  let milliseconds = Infinity;
  let said: number[] = [];
  for (let time = 0; time < times; time++) {
    const begin = performance.now();
    const given = await graph.run([picture], names);
    milliseconds = Math.min(milliseconds, performance.now() - begin);
    said = [...softmax(given.logits.data, manifest.calibration.temperature), ...(given.novelty?.data ?? [])];
  }
  return { graph, backend, threads: running, said, milliseconds };
}

/** A drawn picture: waves of several lengths in every channel. */
function trialPicture({ image_size: [height, width], channels }: PageManifest["preprocessing"]): Pixels {
  const data = new Uint8Array(height * width * channels);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++, at++) {
        data[at] = 128 + 60 * Math.sin(x / (5 + 3 * c) + y / 17) + 60 * Math.cos(y / (7 + 2 * c) - x / 29);
      }
    }
  }
  return { height, width, channels, data };
}

/** The largest difference; infinite where a number is none. */
function distance(some: number[], others: number[]): number {
  const differences = some.map((value, n) => Math.abs(value - others[n]));
  return differences.every(Number.isFinite) ? Math.max(0, ...differences) : Infinity;
}
