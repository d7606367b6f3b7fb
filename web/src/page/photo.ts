/** The photo that is shown: what it is, how sure the model is, and where it looked. */

import { likeliest } from "../model/doubt";
import { byId, make, showText } from "./dom";
import { type Entries, type Entry, type PlacedHeat, ranked } from "./entries";
import { drawHeat, drawRamp, hasEdge, isWarm } from "./heat";
import type { Model } from "./model";
import { problemWords } from "./problems";
import { listed, onLanguage, percent, rate, say } from "./words";

/** Classes shown before the reader asks for all. */
const FIRST = 5;

/** Asks for the heat of a photo; null where it is not wanted any more. */
export type AskHeat = (entry: Entry) => Promise<PlacedHeat | null>;

export class PhotoView {
  private readonly picture = byId<HTMLImageElement>("photo-picture");
  private readonly overlay = byId<HTMLCanvasElement>("photo-heat");
  private readonly toggle = byId<HTMLButtonElement>("heat");
  private url = "";
  private shown: Entry | null = null;
  private all = false;
  private placed: PlacedHeat | null = null;

  constructor(
    private readonly entries: Entries,
    private readonly model: () => Model | null,
    private readonly askHeat: AskHeat,
  ) {
    drawRamp(byId<HTMLCanvasElement>("heat-ramp"));
    this.toggle.addEventListener("click", () => this.switchHeat());
    byId("photo-all").addEventListener("click", () => {
      this.all = !this.all;
      this.draw();
    });
    byId("photo-previous").addEventListener("click", () => entries.step(-1));
    byId("photo-next").addEventListener("click", () => entries.step(1));
    this.picture.addEventListener("error", () => this.undrawn(true));
    this.picture.addEventListener("load", () => this.undrawn(false));
    entries.listen((change) => {
      if (change.kind === "selected") this.show(entries.selected);
      else if (change.kind === "entry" ? change.entry === this.shown : this.shown) this.draw();
    });
    onLanguage(() => this.draw());
  }

  get heatWanted(): boolean {
    return this.toggle.getAttribute("aria-pressed") === "true";
  }

  /** The heat that came with an answer, so that it need not be asked for again. */
  offer(entry: Entry, placed: PlacedHeat): void {
    if (entry === this.shown) this.lay(placed);
  }

  /** Forgets the heat: the model is another one. */
  cool(): void {
    this.lay(null);
  }

  private show(entry: Entry | null): void {
    this.shown = entry;
    this.lay(null);
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = entry ? URL.createObjectURL(entry.file) : "";
    byId("photo").hidden = !entry;
    if (entry) this.picture.src = this.url;
    else this.picture.removeAttribute("src");
    this.draw();
  }

  private undrawn(failed: boolean): void {
    const { naturalWidth, naturalHeight } = this.picture;
    if (!failed && naturalHeight) byId("photo-frame").style.setProperty("--ratio", String(naturalWidth / naturalHeight));
    this.picture.hidden = failed;
    byId("photo-undrawn").hidden = !failed || this.shown?.state.kind === "problem";
    byId("photo-frame").classList.toggle("empty", failed);
  }

  private draw(): void {
    const entry = this.shown;
    const model = this.model();
    if (!entry || !model) return;
    const { state } = entry;
    const photo = byId("photo");
    photo.dataset.name = entry.name;
    photo.dataset.state = state.kind;
    this.picture.alt = say("photo_of", { name: entry.name });
    byId("photo-name").textContent = entry.name;
    byId("photo-steps").hidden = this.entries.all.length < 2;
    byId<HTMLButtonElement>("photo-previous").disabled = !this.entries.neighbour(-1);
    byId<HTMLButtonElement>("photo-next").disabled = !this.entries.neighbour(1);
    byId("heat").hidden = state.kind === "problem" || model.place === "server";
    byId("teach").hidden = state.kind !== "done" || !model.canLearn;
    byId("strictness").hidden = state.kind === "problem" || !model.thresholds.choices.length;
    this.drawVerdict(entry, model);
    this.drawClasses(entry, model);
    if (state.kind === "done" && this.heatWanted && !this.placed) void this.warm(entry);
  }

  private drawVerdict({ state }: Entry, { classNames, manifest }: Model): void {
    const label = byId("photo-label");
    label.classList.toggle("unknown", state.kind === "done" && state.answer.reason !== null);
    const answer = state.kind === "done" ? state.answer : null;
    const best = answer ? likeliest(answer.probs) : 0;
    const several = answer && !answer.reason && answer.candidates.length > 1 ? answer.candidates : null;
    label.textContent = answer
      ? answer.reason
        ? say("unknown")
        : classNames[best]
      : say(state.kind === "problem" ? "not_photo" : state.kind === "working" ? "working" : "waiting");
    showText(byId("photo-sure"), answer && !answer.reason ? say("sure", { share: percent(answer.probs[best]) }) : null);
    showText(byId("photo-reason"), answer?.reason ? say(answer.reason) : null);
    showText(byId("photo-problem"), state.kind === "problem" ? problemWords(state.code) : null);
    showText(
      byId("photo-set"),
      several && manifest.sets
        ? say("candidates", { names: listed(several.map((j) => classNames[j]), "or"), coverage: rate(manifest.sets.coverage) })
        : null,
    );
  }

  private drawClasses({ state }: Entry, { classNames }: Model): void {
    const list = byId("photo-classes");
    const more = byId("photo-all");
    list.setAttribute("aria-label", say("shares"));
    if (state.kind !== "done") {
      list.replaceChildren();
      more.hidden = true;
      return;
    }
    const { probs, reason } = state.answer;
    list.classList.toggle("doubtful", reason === "novel");
    const order = ranked(probs);
    list.replaceChildren(
      ...order.slice(0, this.all ? undefined : FIRST).map((j) => {
        const bar = make("i");
        bar.style.setProperty("--share", String(probs[j]));
        return make(
          "li",
          { dataset: { class: classNames[j], share: String(probs[j]) } },
          make("span", { className: "class", textContent: classNames[j] }),
          make("span", { className: "share", textContent: percent(probs[j]) }),
          make("span", { className: "meter" }, bar),
        );
      }),
    );
    more.hidden = order.length <= FIRST;
    more.textContent = this.all ? say("fewer_classes") : say("all_classes", { n: order.length });
    more.setAttribute("aria-expanded", String(this.all));
  }

  private switchHeat(): void {
    const wanted = !this.heatWanted;
    this.toggle.setAttribute("aria-pressed", String(wanted));
    if (wanted && this.shown?.state.kind === "done") void this.warm(this.shown);
    else if (!wanted) this.lay(null);
  }

  private async warm(entry: Entry): Promise<void> {
    if (this.overlay.dataset.state === "working") return;
    this.overlay.dataset.state = "working";
    byId("heat-legend").hidden = false;
    byId("heat-says").textContent = say("heat_working");
    const placed = await this.askHeat(entry).catch(() => null);
    if (this.shown === entry && this.heatWanted) this.lay(placed);
  }

  /** Lays heat over the photo, or takes it away. */
  private lay(placed: PlacedHeat | null): void {
    this.placed = placed;
    const model = this.model();
    const state = this.shown?.state;
    this.overlay.hidden = !placed;
    this.overlay.dataset.state = placed ? "shown" : "off";
    this.picture.classList.toggle("under-heat", placed !== null);
    byId("heat-legend").hidden = !placed;
    if (!placed || !model || state?.kind !== "done") return;
    drawHeat(this.overlay, placed);
    const name = model.classNames[likeliest(state.answer.probs)];
    const word = !isWarm(placed.heat) ? "heat_none" : hasEdge(placed) ? "heat_says" : "heat_says_whole";
    byId("heat-says").textContent = say(word, { name });
  }
}
