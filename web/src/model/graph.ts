/** The graph under TF.js: pixels in, named outputs out, nothing left behind. */

import { loadGraphModel, type GraphModel } from "@tensorflow/tfjs-converter";
import { tensor4d, tidy, type io, type Tensor } from "@tensorflow/tfjs-core";

import type { Pixels, StoredWeight } from "../types";
import type { Output } from "./evidence";
import { json, ModelError, required, type ReadFile } from "./files";
import { sha256 } from "./sha256";
import { expanded, storedBytes } from "./weights";

const NOT_ITS_OWN =
  "The model is damaged or half updated: weights.bin is not the file that kenali.json names. " +
  "Load the page again, or export the bundle again.";

/** Reads `model.json`, `weights.json` and `weights.bin` into what TF.js loads, weights as float32.
 *
 * An export for other TF.js programs has no `weights.json`: TF.js itself then reads the weights as `model.json` says.
 * `digest` is the SHA-256 that `weights.bin` must have. Throws ModelError where a file is missing, damaged or another's.
 */
export async function readArtifacts(
  read: ReadFile,
  digest: string,
  progress: (done: number, total: number) => void = () => {},
): Promise<io.ModelArtifacts> {
  let total = 0;
  const listing = json<StoredWeight[]>(read, "weights.json").then((stored) => {
    total = stored ? storedBytes(stored) : 0;
    return stored;
  });
  const [model, stored, file] = await Promise.all([
    json<io.ModelJSON>(read, "model.json"),
    listing,
    required(read, "weights.bin", (done) => progress(done, Math.max(done, total))),
  ]);
  if (!model) throw new ModelError("The model is incomplete: model.json is missing.");
  if ((await sha256(file)) !== digest) throw new ModelError(NOT_ITS_OWN);
  const specs = model.weightsManifest.flatMap((group) => group.weights);
  const { modelTopology, signature, format, generatedBy, convertedBy } = model;
  return {
    modelTopology,
    weightSpecs: specs,
    weightData: stored ? joined(specs, stored, file) : file.buffer,
    ...(signature && { signature }),
    ...(format && { format }),
    ...(generatedBy && { generatedBy }),
    convertedBy: convertedBy ?? null,
  };
}

/** The weights that a graph names, expanded, one after the other. */
function joined(specs: io.WeightsManifestEntry[], stored: StoredWeight[], file: Uint8Array): ArrayBuffer {
  const byName = new Map(stored.map((weight) => [weight.name, weight]));
  const parts = specs.map((spec) => {
    const weight = byName.get(spec.name);
    if (!weight || weight.dtype !== spec.dtype || String(weight.shape) !== String(spec.shape)) {
      throw new ModelError(`The model is damaged: model.json and weights.json disagree about ${spec.name}.`);
    }
    return expanded(weight, file);
  });
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += part.byteLength;
  }
  return whole.buffer;
}

/** A graph whose input `pixels` is float32 (n, h, w, c), 0-255. It lives on the backend that was set when it was loaded. */
export class Graph {
  private constructor(private readonly model: GraphModel) {}

  static async load(artifacts: io.ModelArtifacts): Promise<Graph> {
    return new Graph(await loadGraphModel({ load: () => Promise.resolve(artifacts) }));
  }

  /** Outputs by name, over all photos: only these are computed. */
  async run(photos: Pixels[], names: string[]): Promise<Record<string, Output>> {
    const { height, width, channels, data } = photos[0];
    const values = new Float32Array(photos.length * data.length);
    photos.forEach((photo, n) => values.set(photo.data, n * data.length));
    const outputs = tidy(() => {
      const pixels = tensor4d(values, [photos.length, height, width, channels]);
      const given = this.model.execute({ [this.model.inputs[0].name]: pixels }, names.map((name) => this.node(name)));
      return Array.isArray(given) ? given : [given];
    });
    try {
      const numbers = await Promise.all(outputs.map((output) => output.data<"float32">()));
      return Object.fromEntries(names.map((name, n) => [name, { shape: outputs[n].shape, data: numbers[n] }]));
    } finally {
      outputs.forEach((output) => output.dispose());
    }
  }

  /** The numbers of one weight. Throws ModelError where the graph has none of that name. */
  async weight(name: string): Promise<Float32Array> {
    const tensor: Tensor | undefined = this.model.weights[name]?.[0];
    if (!tensor) throw new ModelError(`The model is damaged: it has no weight ${name}.`);
    return (await tensor.data<"float32">()).slice();
  }

  dispose(): void {
    this.model.dispose();
  }

  /** The node that an output's name stands for. */
  private node(name: string): string {
    const signature = this.model.modelSignature as { outputs?: Record<string, { name: string }> } | undefined;
    return signature?.outputs?.[name]?.name ?? name;
  }
}
