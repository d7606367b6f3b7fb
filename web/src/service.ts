/** What the worker does with the page's requests: strictly one after another, in their order. */

import { Learner, LearnError } from "./learn/learner";
import { Classifier, filesAt, sha256, type ReadFile } from "./model";
import { decode, decodeFrame, draftSide, PhotoError, preprocess, seenWindow, type DecodedPhoto } from "./pixels";
import type { Reply, Request } from "./protocol";
import type { Pixels } from "./types";

type Asked<K extends Request["kind"]> = Extract<Request, { kind: K }>;
/** A reply before it gets its request's number. */
type Said = Reply extends infer R ? (R extends Reply ? Omit<R, "id"> : never) : never;

export class Service {
  private readonly waiting: Request[] = [];
  private working = false;
  private model: { classifier: Classifier; learner: Learner } | null = null;

  /** `reply` sends to the page; `filesOf` reads the files below an address. */
  constructor(
    private readonly reply: (reply: Reply) => void,
    private readonly filesOf: (folder: string) => ReadFile = filesAt,
  ) {}

  /** Take a request. Of the frames of a video that wait only the newest is looked at, the others are answered by `done`. */
  receive(request: Request): void {
    if (isFrame(request)) {
      const late = this.waiting.findIndex(isFrame);
      if (late >= 0) this.drop(this.waiting.splice(late, 1)[0]);
    }
    this.waiting.push(request);
    if (!this.working) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    for (let request = this.waiting.shift(); request; request = this.waiting.shift()) {
      const { id } = request;
      try {
        this.reply({ id, ...(await this.answer(request)) } as Reply);
      } catch (error) {
        this.reply({ id, ...failure(error) } as Reply);
      }
    }
    this.working = false;
  }

  private drop(request: Request): void {
    if ("photo" in request && !(request.photo instanceof Blob)) request.photo.close();
    this.reply({ id: request.id, kind: "done" });
  }

  private answer(request: Request): Promise<Said> {
    switch (request.kind) {
      case "load":
        return this.load(request);
      case "classify":
        return this.classify(request);
      default:
        return this.teach(request);
    }
  }

  private async load({ id, base, backend }: Asked<"load">): Promise<Said> {
    this.model?.classifier.dispose();
    this.model = null;
    const classifier = await Classifier.open(this.filesOf(new URL("model/", base).href), {
      backend,
      progress: (stage, done, total) => this.reply({ id, kind: "progress", stage, done, total }),
    });
    const learner = new Learner(classifier);
    this.model = { classifier, learner };
    const { exported: manifest, threads } = classifier;
    return { kind: "loaded", manifest, backend: classifier.backend, threads, canLearn: learner.canLearn };
  }

  private async classify({ photo, reject, heat }: Asked<"classify">): Promise<Said> {
    const { classifier } = this.loaded();
    const begin = performance.now();
    const { pixels, size } = await this.look(photo);
    const answered = await classifier.answer(pixels, reject, heat);
    const window = seenWindow(size, classifier.exported.preprocessing);
    return { kind: "answer", ...answered, window, size, milliseconds: performance.now() - begin };
  }

  /** The messages of learning in the page: see `learn/`. */
  private async teach(request: Exclude<Request, Asked<"load" | "classify">>): Promise<Said> {
    const { classifier, learner } = this.loaded();
    const progress = (stage: "learn" | "save") => (done: number, total: number) =>
      this.reply({ id: request.id, kind: "progress", stage, done, total });
    switch (request.kind) {
      case "remember": {
        const { key, className, photo } = request;
        const { pixels } = await this.look(photo);
        const digest = photo instanceof Blob ? await sha256(new Uint8Array(await photo.arrayBuffer())) : null;
        return { kind: "remembered", ...(await learner.remember(key, className, pixels, digest)) };
      }
      case "forget":
        return { kind: "remembered", ...(await learner.forget(request.key)) };
      case "relabel":
        return { kind: "remembered", ...(await learner.relabel(request.key, request.className)) };
      case "recall":
        return { kind: "remembered", ...(await learner.restore()) };
      case "learn": {
        const learned = await learner.learn(progress("learn"));
        classifier.replaceHead(learner.head, learner.manifest);
        return { kind: "learned", ...learned };
      }
      case "unlearn":
        await learner.unlearn();
        classifier.replaceHead(null);
        return { kind: "done" };
      case "save":
        return { kind: "saved", ...(await learner.save(progress("save"))) };
    }
  }

  /** A photo or frame as the network sees it, and its full upright [width, height]. */
  private async look(photo: Blob | ImageBitmap): Promise<{ pixels: Pixels; size: DecodedPhoto["size"] }> {
    const { preprocessing } = this.loaded().classifier.exported;
    const { image, size } = photo instanceof Blob ? await decode(photo, draftSide(preprocessing)) : decodeFrame(photo);
    return { pixels: preprocess(image, preprocessing), size };
  }

  private loaded(): { classifier: Classifier; learner: Learner } {
    if (!this.model) throw new Error("No model is loaded yet.");
    return this.model;
  }
}

function isFrame(request: Request): boolean {
  return request.kind === "classify" && !(request.photo instanceof Blob);
}

function failure(error: unknown): Said {
  if (error instanceof PhotoError) return { kind: "problem", problem: error.problem };
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "failed", message, ...(error instanceof LearnError && { code: error.code }) };
}
