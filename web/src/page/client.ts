/** The worker as functions that give promises. */

import type { Reply, Request } from "../protocol";
import type { PhotoProblem } from "../types";

type Without<R> = R extends { id: number } ? Omit<R, "id"> : never;
type Asked = Without<Request>;
export type Answered = Extract<Reply, { kind: "answer" }>;
export type Progress = Extract<Reply, { kind: "progress" }>;

/** What each request is answered with when all goes well. */
interface Replies {
  load: Extract<Reply, { kind: "loaded" }>;
  /** `done` for a frame that a newer one overtook. */
  classify: Answered | Extract<Reply, { kind: "done" }>;
  remember: Extract<Reply, { kind: "remembered" }>;
  forget: Extract<Reply, { kind: "remembered" | "done" }>;
  relabel: Extract<Reply, { kind: "remembered" | "done" }>;
  recall: Extract<Reply, { kind: "remembered" }>;
  learn: Extract<Reply, { kind: "learned" }>;
  unlearn: Extract<Reply, { kind: "done" | "learned" }>;
  save: Extract<Reply, { kind: "saved" }>;
}

/** One photo cannot be used; the worker goes on. */
export class PhotoTrouble extends Error {
  constructor(readonly problem: PhotoProblem) {
    super(problem.detail);
  }
}

/** The worker could not do what was asked; `code` names the reason where the page has words of its own for it. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

/** The worker itself is gone. */
export class WorkerGone extends Error {}

interface Waiting {
  resolve: (reply: never) => void;
  reject: (error: Error) => void;
  progress: ((step: Progress) => void) | undefined;
}

/** What of a worker is used here, so that tests can stand in for one. */
export type WorkerLike = Pick<Worker, "postMessage" | "addEventListener">;

export class Client {
  private readonly waiting = new Map<number, Waiting>();
  private next = 1;
  private gone = false;

  constructor(
    private readonly worker: WorkerLike,
    private readonly whenGone: (why: string) => void,
  ) {
    worker.addEventListener("message", (event) => this.hear((event as MessageEvent<Reply>).data));
    worker.addEventListener("error", (event) => this.lose((event as ErrorEvent).message ?? ""));
    worker.addEventListener("messageerror", () => this.lose(""));
  }

  /** Sends a request; pictures in `transfer` move to the worker. Rejects with PhotoTrouble, Refused or WorkerGone. */
  ask<R extends Asked>(
    request: R,
    transfer: Transferable[] = [],
    progress?: (step: Progress) => void,
  ): Promise<Replies[R["kind"]]> {
    if (this.gone) return Promise.reject(new WorkerGone());
    const id = this.next++;
    return new Promise<Replies[R["kind"]]>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, progress });
      this.worker.postMessage({ ...request, id }, transfer);
    });
  }

  private hear(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    if (!waiting) return;
    if (reply.kind === "progress") {
      waiting.progress?.(reply);
      return;
    }
    this.waiting.delete(reply.id);
    if (reply.kind === "problem") waiting.reject(new PhotoTrouble(reply.problem));
    else if (reply.kind === "failed") waiting.reject(new Refused(reply.message, reply.code ?? ""));
    else waiting.resolve(reply as never);
  }

  private lose(why: string): void {
    if (this.gone) return;
    this.gone = true;
    for (const { reject } of this.waiting.values()) reject(new WorkerGone(why));
    this.waiting.clear();
    this.whenGone(why);
  }
}
