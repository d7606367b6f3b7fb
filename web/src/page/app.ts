/** Joins the parts: photos come in, take their turn at the worker, and are shown. */

import { AboutView } from "./about";
import { Camera } from "./camera";
import { type Answered, Client, PhotoTrouble, WorkerGone } from "./client";
import { toCsv } from "./csv";
import { announce, byId, download, showText } from "./dom";
import { Entries, type Entry, type PlacedHeat } from "./entries";
import { type Found, fromDrop, fromInput, fromPaste } from "./gather";
import { LearnView } from "./learn";
import { Line } from "./line";
import { ListView } from "./list";
import { Model } from "./model";
import { keepFiles, sharedPhotos } from "./offline";
import { PhotoView } from "./photo";
import { problemWords } from "./problems";
import { StrictnessView } from "./strictness";
import { listed, onLanguage, say } from "./words";

/** Class names told under the title. */
const NAMED = 12;
const MEGABYTE = 1e6;

export class App {
  private model: Model | null = null;
  private readonly entries = new Entries();
  private readonly line = new Line();
  private readonly client: Client;
  private readonly photo: PhotoView;
  private readonly learn: LearnView;
  private readonly strictness: StrictnessView;
  private unannounced = 0;

  constructor(worker: Worker) {
    const model = (): Model | null => this.model;
    this.client = new Client(worker, () => this.fail(say("crashed")));
    this.photo = new PhotoView(this.entries, model, (entry) => this.heatOf(entry));
    new ListView(this.entries, model);
    new AboutView(model);
    new Camera(
      model,
      (frame) => this.line.run(() => this.frame(frame), true),
      (name, photo) => this.add([{ name, file: new File([photo], name, { type: photo.type }) }]),
    );
    this.strictness = new StrictnessView(model, (limits) => this.entries.judge(limits));
    this.learn = new LearnView({
      model,
      client: this.client,
      line: this.line,
      shown: () => (this.entries.selected?.state.kind === "done" ? this.entries.selected : null),
      changed: () => this.askAgain(),
    });
    this.entries.listen((change) => {
      document.body.classList.toggle("has-photos", this.entries.all.length > 0);
      if (change.kind === "selected" || (change.kind === "entry" && change.entry === this.entries.selected)) this.learn.draw();
    });
    this.takeIn();
    onLanguage(() => this.drawModel());
  }

  /** Loads the model below `base`; `backend` as in the page's address. */
  async load(base: string, backend: string | null): Promise<void> {
    const progress = byId<HTMLProgressElement>("loading-progress");
    try {
      const asked = { kind: "load" as const, base, ...(backend ? { backend: backend as never } : {}) };
      const loaded = await this.client.ask(asked, [], ({ stage, done, total }) => {
        byId("loading-word").textContent = say(stage === "download" ? "loading" : "compiling");
        if (stage === "download") {
          progress.max = total;
          progress.value = done;
        } else {
          progress.removeAttribute("value");
        }
        showText(
          byId("loading-amount"),
          stage === "download" ? say("loading_amount", { done: megabytes(done), total: megabytes(total) }) : null,
        );
      });
      this.model = new Model(loaded);
    } catch (error) {
      this.fail(error instanceof WorkerGone ? say("crashed") : (error as Error).message);
      return;
    }
    document.documentElement.dataset.state = "ready";
    byId("loading").hidden = true;
    for (const id of ["choose", "choose-folder", "camera-open"]) byId<HTMLButtonElement>(id).disabled = false;
    this.strictness.draw();
    void this.learn.ready();
    this.drawModel();
    announce(say("ready"));
    this.feed(this.entries.all.length);
    void keepFiles();
    this.add(await sharedPhotos());
  }

  /** Tells that nothing can be named any more. Answers that were given stay. */
  private fail(why: string): void {
    if (!this.model) document.documentElement.dataset.state = "failed";
    byId("loading").hidden = true;
    byId("failed").hidden = false;
    byId("failed-title").textContent = say(this.model ? "stopped" : "failed");
    byId("failed-why").textContent = this.model ? `${why} ${say("kept")}` : why;
  }

  private drawModel(): void {
    if (!this.model) return;
    const { classNames, manifest } = this.model;
    document.title = `${manifest.name} · Kenali`;
    byId("name").textContent = manifest.name;
    const rest = classNames.length - NAMED;
    byId("knows").textContent =
      rest > 1
        ? say("knows_more", { n: classNames.length, names: classNames.slice(0, NAMED).join(", "), rest })
        : say("knows", { n: classNames.length, names: listed(classNames, "and") });
  }

  /** All the ways in which photos reach the page. */
  private takeIn(): void {
    for (const [button, input] of [
      ["choose", "files"],
      ["choose-folder", "folder"],
    ]) {
      byId(button).addEventListener("click", () => byId(input).click());
    }
    for (const id of ["files", "folder", "shot"]) {
      byId<HTMLInputElement>(id).addEventListener("change", (event) => {
        const input = event.target as HTMLInputElement;
        this.add(fromInput(input.files ?? []));
        input.value = ""; // so that the same photo can be chosen again
      });
    }
    const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    document.addEventListener("dragover", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      byId("dropping").hidden = false;
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) byId("dropping").hidden = true;
    });
    document.addEventListener("drop", (event) => {
      byId("dropping").hidden = true;
      if (!event.dataTransfer || !holdsFiles(event)) return;
      event.preventDefault();
      void fromDrop(event.dataTransfer).then((found) => this.add(found, say("nothing_dropped")));
    });
    document.addEventListener("paste", (event) => {
      if (event.target instanceof HTMLInputElement && event.target.type === "text") return;
      this.add(fromPaste(event.clipboardData), say("nothing_pasted"));
    });
    document.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : null;
      const elsewhere = event.target instanceof Element && event.target.closest("input, select, dialog, textarea");
      if (step && !elsewhere && !event.altKey && !event.ctrlKey && !event.metaKey) this.entries.step(step);
    });
    byId("csv").addEventListener("click", () => {
      const csv = toCsv(this.entries.all, this.model?.classNames ?? [], problemWords);
      download("kenali.csv", new Blob([csv], { type: "text/csv;charset=utf-8" }));
    });
    byId("clear").addEventListener("click", () => {
      if (!confirm(say("clear_sure", { n: this.entries.all.length }))) return;
      this.entries.clear();
      this.photo.cool();
      byId("main").focus();
    });
    byId("failed-again").addEventListener("click", () => location.reload());
  }

  private add(found: readonly Found[], none?: string): void {
    if (!found.length) {
      if (none) showNotice(none);
      return;
    }
    showNotice(null);
    this.entries.add(found);
    if (found.length > 1) announce(say("added", { n: found.length }));
    this.unannounced += found.length;
    if (this.model) this.feed(found.length);
  }

  /** Queues so many turns; each takes the photo that is shown, if it waits, or else the first that does. */
  private feed(turns: number): void {
    for (let turn = 0; turn < turns; turn++) void this.line.run(() => this.nextWaiting());
  }

  private async nextWaiting(): Promise<void> {
    const { selected, all } = this.entries;
    const entry = selected?.state.kind === "waiting" ? selected : all.find(({ state }) => state.kind === "waiting");
    if (!entry || !this.model) return;
    this.entries.set(entry, { kind: "working" });
    const heat = entry === selected && this.photo.heatWanted;
    try {
      const answered = await this.client.ask({ kind: "classify", photo: entry.file, reject: this.model.reject, heat });
      if (answered.kind !== "answer") return;
      this.entries.set(entry, { kind: "done", answer: answered.answer, milliseconds: answered.milliseconds });
      const placed = placedHeat(answered);
      if (placed) this.photo.offer(entry, placed);
    } catch (error) {
      if (error instanceof WorkerGone) this.entries.set(entry, { kind: "waiting" });
      else this.entries.set(entry, { kind: "problem", code: error instanceof PhotoTrouble ? error.problem.code : "failed" });
    }
    this.announceEnd();
  }

  private async frame(photo: ImageBitmap): Promise<Answered | null> {
    const reject = this.model?.reject ?? null;
    const answered = await this.client.ask({ kind: "classify", photo, reject, heat: false }, [photo]);
    return answered.kind === "answer" ? answered : null;
  }

  private heatOf(entry: Entry): Promise<PlacedHeat | null> {
    return this.line.run(async () => {
      if (this.entries.selected !== entry || !this.photo.heatWanted) return null;
      const reject = this.model?.reject ?? null;
      const answered = await this.client.ask({ kind: "classify", photo: entry.file, reject, heat: true });
      return answered.kind === "answer" ? placedHeat(answered) : null;
    }, true);
  }

  private askAgain(): void {
    this.photo.cool();
    this.drawModel();
    this.entries.askAgain();
    this.feed(this.entries.all.length);
  }

  private announceEnd(): void {
    const counts = this.entries.counts();
    if (counts.done < counts.total || this.unannounced < 2) return;
    this.unannounced = 0;
    const { total: n, unknown, problems } = counts;
    announce(say("finished", { n, unknown, problems, named: n - unknown - problems }));
  }
}

function placedHeat({ heat, window, size }: Answered): PlacedHeat | null {
  return heat && { heat, window, size };
}

function megabytes(bytes: number): number {
  return Math.round((10 * bytes) / MEGABYTE) / 10;
}

function showNotice(text: string | null): void {
  showText(byId("notice"), text);
}
