/** Backends that are copies of the plain one, slowed down or made wrong: which of them answers? */

import "@tensorflow/tfjs-backend-cpu";
import {
  copyRegisteredKernels,
  engine,
  findBackendFactory,
  getBackend,
  getKernel,
  registerBackend,
  registerKernel,
  setBackend,
  unregisterKernel,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { beforeEach, expect, test, vi } from "vitest";

import { Classifier } from "../../src/model";
import type { Backend } from "../../src/types";
import { files, reader } from "./tiny";

const present = vi.hoisted(() => ({ backends: [] as string[], broken: [] as string[] }));
vi.mock("../../src/model/engine", () => ({
  hardware: () => Promise.resolve(present.backends),
  start: async (backend: string) => {
    if (present.broken.includes(backend)) throw new Error(`${backend} does not run here`);
    if (!engine().registryFactory[backend]) registerBackend(backend, findBackendFactory("cpu"));
    await setBackend(backend);
    return 1;
  },
}));

/** A backend whose kernels are the plain ones, its products changed by `change`. */
function stand(backend: Backend, change: (product: Tensor) => void = () => {}) {
  copyRegisteredKernels("cpu", backend);
  const plain = getKernel("BatchMatMul", "cpu");
  unregisterKernel("BatchMatMul", backend);
  registerKernel({
    ...plain,
    backendName: backend,
    kernelFunc: (given) => {
      const product = plain.kernelFunc(given);
      change(product as Tensor);
      return product;
    },
  });
}

let clock = 0; // of the backends: only what is slow moves it

function slowly(milliseconds: number) {
  return () => {
    clock += milliseconds;
  };
}

async function chosen(gpus: Record<string, (product: Tensor) => void>): Promise<[string, string]> {
  for (const [backend, change] of Object.entries(gpus)) stand(backend as Backend, change);
  present.backends = Object.keys(gpus);
  const classifier = await Classifier.open(reader(await files()));
  const answered = [classifier.backend, getBackend()] as [string, string];
  classifier.dispose();
  return answered;
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {}); // TF.js remarks on kernels that are there already
  vi.spyOn(performance, "now").mockImplementation(() => clock);
  present.broken = [];
  stand("wasm", slowly(40));
});

test("without a graphics card WASM answers", async () => {
  expect(await chosen({})).toEqual(["wasm", "wasm"]);
});

test("a graphics card that agrees and is faster answers", async () => {
  expect(await chosen({ webgpu: () => {} })).toEqual(["webgpu", "webgpu"]);
});

test("one that is slower does not", async () => {
  expect(await chosen({ webgl: slowly(90) })).toEqual(["wasm", "wasm"]);
});

test("one that computes wrongly does not, however fast, and the next one is tried", async () => {
  const wrong = (product: Tensor) => {
    const values = engine().backend.readSync(product.dataId) as Float32Array;
    values.forEach((value, n) => (values[n] = value + n / 50));
  };
  expect(await chosen({ webgpu: wrong })).toEqual(["wasm", "wasm"]);
  expect(await chosen({ webgpu: wrong, webgl: () => {} })).toEqual(["webgl", "webgl"]);
});

test("where WASM does not run the plain backend answers", async () => {
  present.broken = ["wasm"];
  expect(await chosen({})).toEqual(["cpu", "cpu"]);
});
