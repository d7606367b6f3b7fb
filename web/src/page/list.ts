/** All photos as a growing list: small pictures, names, answers; which of them to show; what to save. */

import { likeliest } from "../model/doubt";
import { byId, make, showText } from "./dom";
import type { Counts, Entries, Entry } from "./entries";
import type { Model } from "./model";
import { problemWords } from "./problems";
import { Thumbnails } from "./thumbnails";
import { onLanguage, percent, say } from "./words";

/** Which photos are shown: all, unknown, unusable, or those of one class by its place. */
type Only = "all" | "unknown" | "problems" | `class-${number}`;

interface Row {
  item: HTMLLIElement;
  button: HTMLButtonElement;
  label: HTMLElement;
  share: HTMLElement;
}

export class ListView {
  private readonly rows = new Map<Entry, Row>();
  private readonly thumbnails = new Thumbnails();
  private readonly only = byId<HTMLSelectElement>("only");
  private drawing = false;

  constructor(
    private readonly entries: Entries,
    private readonly model: () => Model | null,
  ) {
    entries.listen((change) => {
      if (change.kind === "added") this.append();
      else if (change.kind === "removed") this.empty();
      else if (change.kind === "entry") this.drawRow(change.entry);
      else if (change.kind === "all") this.drawAll();
      else this.markSelected();
      this.drawSoon();
    });
    entries.listed = (entry) => this.wanted(entry);
    this.only.addEventListener("change", () => entries.relist());
    onLanguage(() => this.drawAll());
  }

  private append(): void {
    const fragment = document.createDocumentFragment();
    for (const entry of this.entries.all.slice(this.rows.size)) fragment.append(this.newRow(entry));
    byId("list").append(fragment);
  }

  private newRow(entry: Entry): HTMLLIElement {
    const picture = make("img", { alt: "", hidden: true });
    const label = make("span", { className: "label" });
    const share = make("span", { className: "share" });
    const button = make(
      "button",
      { type: "button" },
      make("span", { className: "thumbnail" }, picture),
      make("span", { className: "said" }, label, share),
      make("span", { className: "path", textContent: entry.name }),
    );
    const item = make("li", { dataset: { name: entry.name } }, button);
    button.addEventListener("click", () => {
      this.entries.select(entry);
      byId("photo").scrollIntoView({ block: "nearest" });
    });
    this.rows.set(entry, { item, button, label, share });
    this.thumbnails.watch(item, picture, entry.file);
    this.drawRow(entry);
    return item;
  }

  private empty(): void {
    this.thumbnails.clear();
    this.rows.clear();
    byId("list").replaceChildren();
    this.only.value = "all";
  }

  private drawRow(entry: Entry): void {
    const row = this.rows.get(entry);
    const model = this.model();
    if (!row || !model) return;
    const { state } = entry;
    const { dataset } = row.item;
    dataset.state = state.kind;
    for (const name of ["label", "class", "confidence", "reason", "code"]) delete dataset[name];
    row.share.textContent = "";
    if (state.kind === "done") {
      const { probs, reason } = state.answer;
      const best = likeliest(probs);
      const name = model.classNames[best];
      Object.assign(dataset, { label: reason ? "unknown" : name, class: name, confidence: probs[best], reason: reason ?? "" });
      row.label.textContent = reason ? say("unknown") : name;
      row.share.textContent = reason ? "" : percent(probs[best]);
    } else if (state.kind === "problem") {
      dataset.code = state.code;
      row.label.textContent = say("not_photo");
      row.button.title = problemWords(state.code);
    } else {
      row.label.textContent = say(state.kind);
    }
    row.item.hidden = !this.wanted(entry);
  }

  private wanted({ state }: Entry): boolean {
    const only = this.only.value as Only;
    if (only === "problems") return state.kind === "problem";
    if (only === "all" || only === ("" as Only)) return true;
    if (state.kind !== "done") return false;
    if (only === "unknown") return state.answer.reason !== null;
    return state.answer.reason === null && `class-${likeliest(state.answer.probs)}` === only;
  }

  private drawAll(): void {
    for (const entry of this.rows.keys()) this.drawRow(entry);
    this.drawSoon();
  }

  private markSelected(): void {
    for (const [entry, { button }] of this.rows) {
      if (entry === this.entries.selected) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    const list = byId("list");
    const selected = this.entries.selected && this.rows.get(this.entries.selected);
    if (selected && list.contains(document.activeElement)) selected.button.focus();
  }

  /** One row is reached by the tab key, the others from it by the arrow keys: hundreds of stops would bar the way. */
  private setTabStop(): void {
    const shown = [...this.rows].filter(([, { item }]) => !item.hidden);
    const [stop] = shown.find(([entry]) => entry === this.entries.selected) ?? shown[0] ?? [];
    for (const [entry, { button }] of this.rows) button.tabIndex = entry === stop ? 0 : -1;
  }

  /** Counts once a frame, however many answers come meanwhile. */
  private drawSoon(): void {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.drawSummary(this.entries.counts());
      this.setTabStop();
    });
  }

  private drawSummary(counts: Counts): void {
    byId("batch").hidden = counts.total < 2;
    const working = counts.done < counts.total;
    const parts = [say(working ? "summary" : "summary_done", { done: counts.done, total: counts.total })];
    if (counts.unknown) parts.push(say("summary_unknown", { n: counts.unknown }));
    if (counts.problems) parts.push(say("summary_problems", { n: counts.problems }));
    showText(byId("list-summary"), parts.join(" · "));
    const progress = byId<HTMLProgressElement>("list-progress");
    progress.hidden = !working;
    progress.max = counts.total;
    progress.value = counts.done;
    byId<HTMLButtonElement>("csv").disabled = counts.done === 0;
    this.drawChoices(counts);
    byId("list-none").hidden = [...this.rows.values()].some(({ item }) => !item.hidden);
  }

  private drawChoices({ unknown, problems, classes }: Counts): void {
    const names = this.model()?.classNames ?? [];
    const choices: [Only, string][] = [["all", say("only_all")]];
    for (const [j, n] of [...classes].sort(([a], [b]) => a - b)) {
      choices.push([`class-${j}`, say("only_class", { name: names[j] ?? "", n })]);
    }
    if (unknown) choices.push(["unknown", say("only_unknown", { n: unknown })]);
    if (problems) choices.push(["problems", say("only_problems", { n: problems })]);
    const chosen = choices.some(([value]) => value === this.only.value) ? this.only.value : "all";
    const text = choices.map(([, said]) => said).join("\n");
    if (this.only.dataset.said === text) return;
    this.only.dataset.said = text;
    const lost = this.only.value !== "" && this.only.value !== chosen;
    this.only.replaceChildren(...choices.map(([value, said]) => make("option", { value, textContent: said })));
    this.only.value = chosen;
    if (lost) this.drawAll();
  }
}
