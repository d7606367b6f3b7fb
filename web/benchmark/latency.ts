/** Times networks in turns, in one page: Kenali's page model, plain TF.js graph models and ONNX Runtime Web. */

import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { tensor4d, tidy, type Tensor } from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-web/wasm";

import { Classifier, filesAt } from "../src/model";
import { start } from "../src/model/engine";

interface Contender {
  name: string;
  /** `page` is the folder of an exported page's model, `tfjs` a `model.json`, `onnx` a `model.onnx`. */
  kind: "page" | "tfjs" | "onnx";
  path: string;
  side: number;
}

interface Job {
  contenders: Contender[];
  rounds: number;
  calls: number;
}

const root = new URL("../", location.href);

/** A function that names one picture, warm. */
async function ready({ kind, path, side }: Contender): Promise<() => Promise<unknown>> {
  const url = new URL(path, root).href;
  const data = Uint8Array.from({ length: side * side * 3 }, (_, n) => (n * 7919) % 256);
  if (kind === "page") {
    const model = await Classifier.open(filesAt(url), { backend: "wasm", threads: 1 });
    const names = ["logits", ...(model.has("novelty") ? ["novelty"] : [])];
    return () => model.outputs({ height: side, width: side, channels: 3, data }, names);
  }
  if (kind === "tfjs") {
    const model = await loadGraphModel(url);
    const input = model.inputs[0].name;
    const signature = model.modelSignature as { outputs?: Record<string, { name: string }> } | undefined;
    const answer = signature?.outputs?.logits?.name ?? model.outputs[0].name;
    return async () => {
      const output = tidy(() => model.execute({ [input]: tensor4d(Float32Array.from(data), [1, side, side, 3]) }, answer) as Tensor);
      await output.data();
      output.dispose();
    };
  }
  const session = await ort.InferenceSession.create(url, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  return async () => {
    const pixels = new ort.Tensor("float32", Float32Array.from(data), [1, 3, side, side]);
    const outputs = await session.run({ [session.inputNames[0]]: pixels }, ["logits"]);
    return outputs.logits.getData();
  };
}

async function main(): Promise<Record<string, number[]>> {
  const job = (await (await fetch(new URL("job", root))).json()) as Job;
  ort.env.wasm.wasmPaths = new URL("ort/", root).href;
  ort.env.wasm.numThreads = 1;
  await start("wasm", 1);
  const runs = new Map<string, () => Promise<unknown>>();
  for (const contender of job.contenders) runs.set(contender.name, await ready(contender));
  for (const run of runs.values()) for (let n = 0; n < 3; n++) await run();
  const times: Record<string, number[]> = Object.fromEntries(job.contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < job.rounds; round++) {
    for (const [name, run] of runs) {
      for (let call = 0; call < job.calls; call++) {
        const begin = performance.now();
        await run();
        times[name].push(performance.now() - begin);
      }
    }
  }
  return times;
}

main()
  .then(
    (times) => ({ times }),
    (error: unknown) => ({ error: String(error) }),
  )
  .then((message) => fetch(new URL("tell", root), { method: "POST", body: JSON.stringify(message) }));
