/** Teaching the model on the page: photos of a new or known class, learning, going back, saving. */

import type { ClassTally } from "../protocol";
import { type Client, PhotoTrouble, Refused } from "./client";
import { byId, download, make, showText } from "./dom";
import type { Entry } from "./entries";
import { fromInput } from "./gather";
import type { Line } from "./line";
import type { Model } from "./model";
import { thumbnail } from "./thumbnails";
import { onLanguage, say, type Word } from "./words";

/** Why it cannot learn, where the reader can do something about it. */
const WHY: Record<string, Word> = { "few-photos": "learn_few", "nothing-new": "learn_nothing", "too-many": "learn_many" };

interface Lesson {
  key: string;
  className: string;
  name: string;
  /** Address of a small picture; empty where the browser cannot draw it, or kept none of an earlier visit. */
  url: string;
}

type Said = { word: Word; fill: Record<string, string | number> };

export interface Teaching {
  model: () => Model | null;
  client: Client;
  line: Line;
  /** The photo that is shown, where it was named. */
  shown: () => Entry | null;
  /** The model has become another one. */
  changed: () => void;
}

export class LearnView {
  private readonly lessons: Lesson[] = [];
  private readonly className = byId<HTMLInputElement>("learn-class");
  private readonly result = byId("learn-result");
  private readonly visit = Date.now().toString(36);
  private next = 1;
  private tallies: ClassTally[] = [];
  private busy = false;
  private stale = false;
  private saved = true;
  private said: Said[] = [];
  private outcome: Said[] = [];

  constructor(private readonly teaching: Teaching) {
    this.className.addEventListener("input", () => this.draw());
    byId("learn-choose").addEventListener("click", () => byId("learn-files").click());
    byId("learn-files").addEventListener("change", (event) => void this.addChosen(event.target as HTMLInputElement));
    byId("learn-listed").addEventListener("click", () => void this.addShown());
    byId("learn-start").addEventListener("click", () => void this.learn());
    byId("learn-undo").addEventListener("click", () => void this.undo());
    byId("learn-save").addEventListener("click", () => void this.save());
    byId("teach").addEventListener("click", () => this.open());
    addEventListener("beforeunload", (event) => {
      if (!this.saved) event.preventDefault();
    });
    onLanguage(() => this.draw());
  }

  /** Shows the panel once the model is there and can learn, with what an earlier visit left. */
  async ready(): Promise<void> {
    const canLearn = this.teaching.model()?.canLearn ?? false;
    byId("learn").hidden = !canLearn;
    this.draw();
    if (!canLearn) return;
    const { keys } = await this.teaching.line.run(() => this.teaching.client.ask({ kind: "recall" }), true);
    this.lessons.unshift(...keys.map(({ key, className }) => ({ key, className, name: say("learn_earlier"), url: "" })));
    this.stale ||= keys.length > 0;
    this.draw();
  }

  private open(): void {
    const panel = byId<HTMLDetailsElement>("learn");
    panel.open = true;
    panel.scrollIntoView({ block: "start" });
    this.className.focus({ preventScroll: true });
  }

  /** The class that is named; one that is known keeps its own capitals. */
  private get wanted(): string {
    const typed = this.className.value.trim();
    const same = (name: string): boolean => name.toLowerCase() === typed.toLowerCase();
    return this.names().find(same) ?? typed;
  }

  /** All classes that it knows or is being taught. */
  private names(): string[] {
    const model = this.teaching.model();
    const taught = this.lessons.map((each) => each.className);
    return [...new Set([...(model?.manifest.class_names ?? []), ...(model?.classNames ?? []), ...taught])];
  }

  private async addChosen(input: HTMLInputElement): Promise<void> {
    const found = fromInput(input.files ?? []);
    input.value = "";
    await this.add(found.map(({ name, file }) => ({ name, file })));
  }

  private async addShown(): Promise<void> {
    const entry = this.teaching.shown();
    if (entry) await this.add([entry]);
  }

  private async add(photos: readonly { name: string; file: Blob }[]): Promise<void> {
    const className = this.wanted;
    if (!className || this.busy || !photos.length) return;
    this.busy = true;
    const refused: string[] = [];
    let done = 0;
    for (const { name, file } of photos) {
      this.say({ word: "learn_adding", fill: { done: ++done, total: photos.length } });
      const key = `${this.visit}-${this.next++}`;
      try {
        await this.teaching.line.run(() => this.teaching.client.ask({ kind: "remember", key, className, photo: file }), true);
        this.lessons.push({ key, className, name, url: await thumbnail(file).catch(() => "") });
        this.stale = true;
      } catch (error) {
        if (!(error instanceof PhotoTrouble)) {
          this.fail("learn_failed", error);
          break;
        }
        refused.push(name);
      }
    }
    this.busy = false;
    const added = done - refused.length;
    this.say(
      ...(added ? [{ word: "learn_added" as const, fill: { n: added, name: className } }] : []),
      ...(refused.length ? [{ word: "learn_refused" as const, fill: { n: refused.length, names: refused.join(", ") } }] : []),
    );
  }

  private async forget(lesson: Lesson): Promise<void> {
    if (this.busy) return;
    await this.teaching.line.run(() => this.teaching.client.ask({ kind: "forget", key: lesson.key }), true);
    this.lessons.splice(this.lessons.indexOf(lesson), 1);
    if (lesson.url) URL.revokeObjectURL(lesson.url);
    this.stale = true;
    this.say();
    byId("learn-class").focus();
  }

  private learn(): Promise<void> {
    return this.while("learn_working", "learn_failed", async (progress) => {
      const learned = await this.teaching.client.ask({ kind: "learn" }, [], progress);
      this.stale = false;
      this.saved = false;
      this.tallies = learned.classes;
      this.teaching.model()?.become(learned);
      const seconds = (learned.milliseconds / 1000).toFixed(1);
      this.outcome = [{ word: "learn_done", fill: { seconds: Number(seconds), n: learned.classNames.length } }];
      if (learned.judged) this.outcome.push({ word: "learn_judged", fill: { right: learned.right, judged: learned.judged } });
      this.result.dataset.state = "learned";
      this.teaching.changed();
    });
  }

  private undo(): Promise<void> {
    return this.while("learn_working", "learn_failed", async () => {
      await this.teaching.client.ask({ kind: "unlearn" });
      this.teaching.model()?.become(null);
      this.tallies = [];
      this.saved = true;
      this.stale = this.lessons.length > 0;
      this.outcome = [{ word: "learn_undone", fill: {} }];
      this.result.dataset.state = "none";
      this.teaching.changed();
    });
  }

  private save(): Promise<void> {
    return this.while("learn_saving", "save_failed", async (progress) => {
      const { name, zip } = await this.teaching.client.ask({ kind: "save" }, [], progress);
      download(name, zip);
      this.saved = true;
      this.outcome = [{ word: "learn_saved", fill: { name } }];
      this.result.dataset.state = "learned";
    });
  }

  /** Does one thing at a time, telling that it is done or why it was not. */
  private async while(
    doing: Word,
    failed: Word,
    work: (progress: (step: { done: number; total: number }) => void) => Promise<void>,
  ): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.outcome = [{ word: doing, fill: {} }];
    this.result.dataset.state = "working";
    const bar = byId<HTMLProgressElement>("learn-progress");
    bar.removeAttribute("value");
    bar.hidden = false;
    this.draw();
    try {
      await this.teaching.line.run(
        () =>
          work(({ done, total }) => {
            bar.max = total;
            bar.value = done;
          }),
        true,
      );
    } catch (error) {
      this.fail(failed, error);
    }
    bar.hidden = true;
    this.busy = false;
    this.draw();
  }

  private fail(word: Word, error: unknown): void {
    const known = error instanceof Refused ? WHY[error.code] : undefined;
    const why = error instanceof Error ? error.message : String(error);
    this.outcome = [known ? { word: known, fill: {} } : { word, fill: { why } }];
    this.result.dataset.state = "failed";
  }

  private say(...said: Said[]): void {
    this.said = said;
    this.draw();
  }

  /** Draws anew: another photo is shown, or it was named, or the words changed. */
  draw(): void {
    const model = this.teaching.model();
    if (!model) return;
    byId("learn-names").replaceChildren(...this.names().map((value) => make("option", { value })));
    this.className.placeholder = say("learn_class_hint");
    const ready = this.wanted !== "" && !this.busy;
    byId<HTMLButtonElement>("learn-choose").disabled = !ready;
    const listed = byId<HTMLButtonElement>("learn-listed");
    listed.hidden = !this.teaching.shown();
    listed.disabled = !ready;
    listed.textContent = say("learn_listed");
    byId<HTMLButtonElement>("learn-start").disabled = this.busy || !this.stale;
    byId<HTMLButtonElement>("learn-undo").disabled = this.busy || !model.learned;
    byId<HTMLButtonElement>("learn-save").disabled = this.busy || !model.learned || this.stale;
    byId("learn-said").textContent = sentences(this.said);
    const changed: Said[] = this.stale && model.learned && !this.busy ? [{ word: "learn_changed", fill: {} }] : [];
    this.result.replaceChildren(...[...this.outcome, ...changed].map(({ word, fill }) => make("p", { textContent: say(word, fill) })));
    showText(byId("learned-badge"), model.learned ? say("learned_badge") : null);
    this.drawLessons(model);
  }

  private drawLessons(model: Model): void {
    const classes = new Map<string, Lesson[]>();
    for (const lesson of this.lessons) classes.set(lesson.className, [...(classes.get(lesson.className) ?? []), lesson]);
    byId("learn-classes").replaceChildren(
      ...[...classes].map(([name, lessons]) => {
        const title = make("h3", { textContent: name });
        if (!model.manifest.class_names.includes(name)) title.append(" ", make("span", { className: "badge", textContent: say("learn_new") }));
        const tally = this.tallies.find((each) => each.name === name && each.judged > 0);
        const told = [say("learn_count", { n: lessons.length })];
        if (tally && !this.stale) told.push(say("learn_tally", { right: tally.right, judged: tally.judged }));
        return make(
          "li",
          { dataset: { class: name, count: String(lessons.length) } },
          title,
          make("p", { className: "soft", textContent: told.join(" · ") }),
          make("div", { className: "strip" }, ...lessons.map((lesson) => this.picture(lesson))),
        );
      }),
    );
  }

  private picture(lesson: Lesson): HTMLButtonElement {
    const label = `${say("learn_remove", { name: lesson.className })}: ${lesson.name}`;
    const button = make("button", { type: "button", title: label, disabled: this.busy });
    button.setAttribute("aria-label", label);
    if (lesson.url) button.append(make("img", { src: lesson.url, alt: "" }));
    button.append(make("span", { className: "remove", textContent: "×", ariaHidden: "true" }));
    button.addEventListener("click", () => void this.forget(lesson));
    return button;
  }
}

function sentences(said: readonly Said[]): string {
  return said.map(({ word, fill }) => say(word, fill)).join(" ");
}
