/** Starting TF.js's backends; each is downloaded only where it is started. */

import plain from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import threaded from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url";
import { env, setBackend, version_core } from "@tensorflow/tfjs-core";

import type { Backend } from "../types";
import { ModelError } from "./files";

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render|lavapipe/i;
const MOST_THREADS = 4; // more gain little, and phones have slow cores beyond their fast ones

/** Make a backend the one that runs; returns its number of threads. Throws ModelError where it cannot run here. */
export async function start(backend: Backend, threads?: number): Promise<number> {
  try {
    if (backend === "wasm") return await startWasm(threads);
    if (backend === "webgpu") await import("@tensorflow/tfjs-backend-webgpu");
    if (backend === "webgl") await import("@tensorflow/tfjs-backend-webgl");
    if (backend === "cpu") await import("@tensorflow/tfjs-backend-cpu");
    if (await setBackend(backend)) return 1;
  } catch (error) {
    throw new ModelError(`${backend} does not run in this browser (${(error as Error).message}).`);
  }
  throw new ModelError(`${backend} does not run in this browser.`);
}

async function startWasm(threads?: number): Promise<number> {
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  if (wasm.version_wasm !== version_core) throw new Error("its version is not that of TF.js");
  // Threads wait for each other in loops: as many as there are cores, and whatever else runs makes all of them slow.
  const wanted = threads ?? Math.max(1, Math.min(MOST_THREADS, (navigator.hardwareConcurrency || 1) >> 1));
  if (wanted === 1) env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  wasm.setThreadsCount(wanted);
  wasm.setWasmPaths({
    "tfjs-backend-wasm.wasm": plain,
    "tfjs-backend-wasm-simd.wasm": simd,
    "tfjs-backend-wasm-threaded-simd.wasm": threaded,
  });
  if (!(await believing(2 * wanted, () => setBackend("wasm")))) throw new Error("WebAssembly is missing or forbidden");
  return (await env().getAsync("WASM_HAS_MULTITHREAD_SUPPORT")) ? wasm.getThreadsCount() : 1;
}

/** Do something while the browser seems to have so many cores: TF.js never takes more than half of them, asked for or not. */
async function believing<T>(cores: number, something: () => Promise<T>): Promise<T> {
  Object.defineProperty(navigator, "hardwareConcurrency", { value: cores, configurable: true });
  try {
    return await something();
  } finally {
    delete (navigator as { hardwareConcurrency?: number }).hardwareConcurrency; // the browser's own shows again
  }
}

/** The kinds of GPU computing that stand on real hardware here, best first. */
export async function hardware(): Promise<Backend[]> {
  return [...((await hasWebGpu()) ? (["webgpu"] as const) : []), ...(hasWebGl() ? (["webgl"] as const) : [])];
}

async function hasWebGpu(): Promise<boolean> {
  try {
    const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) return false;
    const { vendor, architecture, device, description } = adapter.info;
    return !SOFTWARE.test([vendor, architecture, device, description].join(" ")) && !isFallback(adapter);
  } catch {
    return false;
  }
}

/** The flag moved from the adapter to its info. */
function isFallback(adapter: GPUAdapter): boolean {
  return [adapter, adapter.info].some((one) => (one as { isFallbackAdapter?: boolean }).isFallbackAdapter === true);
}

/** Whether WebGL 2 computes in full float32 on a graphics card. */
function hasWebGl(): boolean {
  if (typeof OffscreenCanvas === "undefined") return false;
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (!gl) return false;
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  const precise = gl.getShaderPrecisionFormat(gl.FRAGMENT_SHADER, gl.HIGH_FLOAT);
  const writes = gl.getExtension("EXT_color_buffer_float") !== null;
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return !SOFTWARE.test(renderer) && writes && (precise?.precision ?? 0) >= 23;
}
