/** The server in the worker's place: it takes the same requests and gives the same replies, over HTTP. */

import type { Reply, Request } from "../protocol";
import type { Answer, PageManifest, Reason } from "../types";
import type { WorkerLike } from "./client";

type Asked<K extends Request["kind"]> = Extract<Request, { kind: K }>;
type Said = Reply extends infer R ? (R extends Reply ? Omit<R, "id"> : never) : never;

/** How often a request is tried when the server is busy or away, and how long it is waited for in between. */
const TRIES = 4;
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;
const FRAME_QUALITY = 0.85;

/** What of `GET /v1/models/NAME` is used here. */
interface ServedModel {
  name: string;
  bundle: string;
  class_names: string[];
  preprocessing: PageManifest["preprocessing"];
  calibration: PageManifest["calibration"];
  limits: Omit<PageManifest["thresholds"], "held_out">;
  sets: PageManifest["sets"];
  outputs: string[];
}

/** One entry of the answer to `POST .../predict`. */
interface Predicted {
  id?: string;
  reason?: Reason | null;
  top?: { label: string; probability: number }[];
  novelty?: number | null;
  set?: string[] | null;
  error?: Problem;
}

interface Problem {
  reason: string;
  detail: string;
}

/** The server refused, in a way that asking again does not change. */
class RefusedByServer extends Error {
  constructor(
    readonly problem: Problem,
    readonly status: number,
  ) {
    super(problem.detail);
  }
}

export class Server implements WorkerLike {
  private readonly listeners: ((event: MessageEvent<Reply>) => void)[] = [];
  private names: string[] = [];
  /** Whether the reader lets the server store the photos. */
  keep = false;

  /** `api` is the model's address, without a slash at the end; `ask` fetches. */
  constructor(
    private readonly api: string,
    private readonly ask: typeof fetch = (...request) => fetch(...request),
    private readonly pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {}

  addEventListener(type: string, listener: EventListenerOrEventListenerObject | ((event: never) => void)): void {
    if (type === "message") this.listeners.push(listener as (event: MessageEvent<Reply>) => void);
  }

  postMessage(request: Request): void {
    void this.answer(request)
      .catch((error: unknown): Said => failure(error))
      .then((said) => {
        const event = { data: { id: request.id, ...said } as Reply } as MessageEvent<Reply>;
        for (const listener of this.listeners) listener(event);
      });
  }

  /** Tells the server the right name of a photo that it answered. Rejects where it does not take it. */
  async feedback(prediction: string, label: string): Promise<void> {
    const body = JSON.stringify({ id: prediction, label });
    await this.fetched(`${this.api}/feedback`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  }

  private answer(request: Request): Promise<Said> {
    if (request.kind === "load") return this.load();
    if (request.kind === "classify") return this.classify(request);
    return Promise.reject(new Error("Only the device can learn."));
  }

  private async load(): Promise<Said> {
    const response = await this.fetched(this.api, { headers: { Accept: "application/json" } });
    const model = (await response.json()) as ServedModel;
    this.names = model.class_names;
    return { kind: "loaded", manifest: manifestOf(model), backend: "wasm", threads: 1, canLearn: false };
  }

  private async classify({ photo, reject }: Asked<"classify">): Promise<Said> {
    const begin = performance.now();
    const query = new URLSearchParams({ top_k: String(Math.min(1000, this.names.length)) });
    if (reject !== null) query.set("reject", String(reject));
    const body = photo instanceof Blob ? photo : await jpegOf(photo);
    if (this.keep && photo instanceof Blob) query.set("keep", "true");
    const headers = { "Content-Type": body.type.startsWith("image/") ? body.type : "application/octet-stream" };
    const response = await this.fetched(`${this.api}/predict?${query}`, { method: "POST", headers, body });
    const { predictions } = (await response.json()) as { predictions: Predicted[] };
    const [predicted] = predictions;
    if (predicted.error) return { kind: "problem", problem: { code: predicted.error.reason, detail: predicted.error.detail } };
    return {
      kind: "answer",
      answer: answerOf(predicted, this.names),
      heat: null,
      window: [0, 0, 1, 1],
      size: [1, 1],
      milliseconds: performance.now() - begin,
      ...(predicted.id ? { prediction: predicted.id } : {}),
    };
  }

  /** The server's answer, asked for again while it is busy, starting or away. */
  private async fetched(address: string, request: RequestInit): Promise<Response> {
    for (let tried = 1; ; tried++) {
      const response = await this.ask(address, request).catch(() => null);
      if (response?.ok) return response;
      const passing = !response || response.status === 429 || response.status === 503;
      if (!passing || tried === TRIES) throw await refusal(response);
      const asked = Number(response?.headers.get("Retry-After")) * 1000;
      await this.pause(Math.min(LONGEST_PAUSE_MS, asked > 0 ? asked : PAUSE_MS * tried));
    }
  }
}

async function refusal(response: Response | null): Promise<RefusedByServer> {
  if (!response) return new RefusedByServer({ reason: "server-away", detail: "The server does not answer." }, 0);
  const problem = (await response.json().catch(() => null)) as Problem | null;
  const reason = response.status === 401 || response.status === 403 ? "server-locked" : (problem?.reason ?? "server-away");
  return new RefusedByServer({ reason, detail: problem?.detail ?? "" }, response.status);
}

/** Why there is no answer: a photo's own fault, or the server's, which the page tells beside the photo all the same. */
function failure(error: unknown): Said {
  if (error instanceof RefusedByServer) {
    const { reason: code, detail } = error.problem;
    return { kind: "problem", problem: { code: error.status >= 500 || error.status === 429 ? "server-away" : code, detail } };
  }
  return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
}

/** The manifest that the page's model would have, as far as the server tells. */
export function manifestOf(model: ServedModel): PageManifest {
  return {
    format: 1,
    name: model.name,
    class_names: model.class_names,
    preprocessing: model.preprocessing,
    calibration: model.calibration,
    thresholds: { ...model.limits, held_out: 0 },
    sets: model.sets,
    outputs: model.outputs,
    precision: "float32",
    bundle_sha256: model.bundle,
    weights_sha256: "",
    head: null,
  };
}

/** An answer as the worker gives it; `names` are the classes in their order. */
export function answerOf(predicted: Predicted, names: readonly string[]): Answer {
  const shares = new Map(predicted.top?.map(({ label, probability }) => [label, probability]));
  return {
    probs: Float32Array.from(names, (name) => shares.get(name) ?? 0),
    novelty: predicted.novelty ?? null,
    reason: predicted.reason ?? null,
    candidates: (predicted.set ?? []).map((name) => names.indexOf(name)),
  };
}

/** A frame of a video as JPEG. */
async function jpegOf(frame: ImageBitmap): Promise<Blob> {
  const canvas = new OffscreenCanvas(frame.width, frame.height);
  canvas.getContext("2d")?.drawImage(frame, 0, 0);
  frame.close();
  return canvas.convertToBlob({ type: "image/jpeg", quality: FRAME_QUALITY });
}
