/** Joins the parts: photos come in, take their turn at the worker, and are shown. */

import { AboutView } from "./about";
import { Camera } from "./camera";
import { type Answered, Client, PhotoTrouble, WorkerGone } from "./client";
import { toCsv } from "./csv";
import { announce, byId, download, showText } from "./dom";
import { Entries, type Entry, type PlacedHeat } from "./entries";
import { FeedbackView } from "./feedback";
import { type Found, fromDrop, fromInput, fromPaste } from "./gather";
import { LearnView } from "./learn";
import { Line } from "./line";
import { ListView } from "./list";
import { Model } from "./model";
import { keepFiles, sharedPhotos } from "./offline";
import { PhotoView } from "./photo";
import { PlaceView } from "./place";
import { problemWords } from "./problems";
import type { Place, Served } from "./served";
import { Server } from "./server";
import { StrictnessView } from "./strictness";
import { listed, onLanguage, say } from "./words";

/** Class names told under the title. */
const NAMED = 12;
const MEGABYTE = 1e6;

export class App {
  private model: Model | null = null;
  /** The model of each place, once it is loaded. */
  private readonly models = new Map<Place, Model>();
  private readonly place: PlaceView;
  private readonly entries = new Entries();
  private readonly line = new Line();
  /** The worker of this page, and the server where one stands behind it. */
  private readonly clients: Record<Place, Client>;
  private address = { base: "", backend: null as string | null };
  private readonly photo: PhotoView;
  private readonly learn: LearnView;
  private readonly strictness: StrictnessView;
  private unannounced = 0;

  constructor(worker: Worker, served: Served | null = null) {
    const model = (): Model | null => this.model;
    const server = served ? new Server(served.api) : null;
    const device = new Client(worker, () => this.fail(say("crashed")));
    this.clients = { device, server: server ? new Client(server, () => undefined) : device };
    this.place = new PlaceView(served, server, (place) => this.moveTo(place));
    this.photo = new PhotoView(this.entries, model, (entry) => this.heatOf(entry));
    new ListView(this.entries, model);
    new AboutView(model);
    new Camera(
      model,
      (frame) => this.line.run(() => this.frame(frame), true),
      (name, photo) => this.add([{ name, file: new File([photo], name, { type: photo.type }) }]),
    );
    new FeedbackView(this.entries, model, server);
    this.strictness = new StrictnessView(model, (limits) => this.entries.judge(limits));
    this.learn = new LearnView({
      model,
      client: device,
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

  private get client(): Client {
    return this.clients[this.model?.place ?? this.place.now];
  }

  /** Loads the model below `base`; `backend` as in the page's address. */
  async load(base: string, backend: string | null): Promise<void> {
    this.address = { base, backend };
    if (!(await this.open(this.place.now))) return;
    if (this.place.now === "device") {
      void this.learn.ready();
      void keepFiles();
    }
    announce(say("ready"));
    this.feed(this.entries.all.length);
    this.add(await sharedPhotos());
  }

  /** Photos are looked at elsewhere from now on; those on the page are looked at anew. False where the reader says no. */
  private moveTo(place: Place): boolean {
    const photos = this.entries.all.length;
    if (place === "server" && photos && !confirm(say("place_sure", { n: photos }))) return false;
    void this.line.run(async () => {
      const first = !this.models.has("device");
      if (!(await this.open(place))) return;
      if (place === "device" && first) {
        void this.learn.ready();
        void keepFiles();
      }
      byId("learn").hidden = !this.model?.canLearn;
      this.askAgain();
    });
    return true;
  }

  /** Makes a place's model the page's, and loads it where this is the first time. */
  private async open(place: Place): Promise<boolean> {
    const { base, backend } = this.address;
    const known = this.models.get(place);
    if (known) {
      this.model = known;
      return true;
    }
    byId("loading").hidden = false;
    const progress = byId<HTMLProgressElement>("loading-progress");
    try {
      const asked = { kind: "load" as const, base, ...(backend ? { backend: backend as never } : {}) };
      const loaded = await this.clients[place].ask(asked, [], ({ stage, done, total }) => {
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
      this.model = new Model(loaded, place);
      this.models.set(place, this.model);
    } catch (error) {
      this.fail(error instanceof WorkerGone ? say("crashed") : error instanceof PhotoTrouble ? problemWords(error.problem.code) : (error as Error).message);
      return false;
    }
    document.documentElement.dataset.state = "ready";
    byId("loading").hidden = true;
    for (const id of ["choose", "choose-folder", "camera-open"]) byId<HTMLButtonElement>(id).disabled = false;
    this.strictness.draw();
    this.drawModel();
    return true;
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
    const heat = entry === selected && this.photo.heatWanted && this.model.place === "device";
    try {
      const answered = await this.client.ask({ kind: "classify", photo: entry.file, reject: this.model.reject, heat });
      if (answered.kind !== "answer") return;
      const { answer, milliseconds, prediction } = answered;
      this.entries.set(entry, { kind: "done", answer, milliseconds, ...(prediction ? { prediction } : {}) });
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
      if (this.entries.selected !== entry || !this.photo.heatWanted || this.model?.place === "server") return null;
      const reject = this.model?.reject ?? null;
      const answered = await this.client.ask({ kind: "classify", photo: entry.file, reject, heat: true });
      return answered.kind === "answer" ? placedHeat(answered) : null;
    }, true);
  }

  private askAgain(): void {
    this.photo.cool();
    this.drawModel();
    this.strictness.draw();
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
