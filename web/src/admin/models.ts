/** The models: what each has answered; loading, replacing and unloading. */

import { byId, make, showText } from "../page/dom";
import { ask, attempt } from "./asking";
import { type Sample, sum } from "./exposition";
import { installModel, type Model, removeModel, type Split } from "./server";
import { number, say, share } from "./words";

export class ModelTable {
  list: { models: Model[]; splits: Split[] } = { models: [], splits: [] };
  private drawn = "";

  constructor(private readonly changed: () => Promise<void>) {
    byId("install").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.install();
    });
  }

  /** Draws only what has changed, so that buttons keep the focus and can be pressed. */
  draw(samples: readonly Sample[]): void {
    const rows = this.list.models.map((model) => ({ ...model, ...countsOf(model, samples) }));
    const state = JSON.stringify([rows, this.list.splits, document.documentElement.lang]);
    if (state === this.drawn) return;
    this.drawn = state;
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.action;
    byId("models").replaceChildren(...(rows.length ? rows.flatMap((row) => this.row(row)) : [nothing(say("no_models"), 7)]));
    byId("splits").replaceChildren(...this.list.splits.map((split) => make("li", {}, sentenceOf(split))));
    if (focused) document.querySelector<HTMLElement>(`[data-action="${CSS.escape(focused)}"]`)?.focus();
  }

  private row(model: Model & Counts): HTMLElement[] {
    const cells = [
      make("th", { scope: "row" }, make("a", { href: `/models/${encodeURIComponent(model.name)}/` }, model.name)),
      make("td", {}, make("code", {}, model.bundle)),
      make("td", { className: "n" }, number(model.class_names.length)),
      make("td", { className: "n" }, number(model.answered)),
      make("td", { className: "n" }, model.answered ? share(model.unknown / model.answered) : "–"),
      make("td", { className: "n" }, number(model.workers)),
      make("td", { className: "actions" }, this.replaceButton(model.name), this.unloadButton(model.name)),
    ];
    const row = make("tr", {}, ...cells);
    if (!model.problem) return [row];
    row.className = "has-problem";
    return [row, make("tr", {}, make("td", { colSpan: 7 }, make("p", { className: "warning" }, model.problem)))];
  }

  private replaceButton(name: string): HTMLElement {
    const button = make("button", { type: "button", dataset: { action: `replace ${name}` } }, say("replace"));
    button.addEventListener("click", () => {
      const file = make("input", { type: "file", accept: ".zip,application/zip" });
      file.addEventListener("change", () => {
        const zip = file.files?.[0];
        if (zip) void this.replace(name, zip);
      });
      file.click();
    });
    return button;
  }

  private async replace(name: string, zip: File): Promise<void> {
    if (await ask(say("replace_ask", { name, file: zip.name }), say("replace"))) await this.send(name, zip);
  }

  private unloadButton(name: string): HTMLElement {
    const button = make("button", { type: "button", className: "quiet", dataset: { action: `unload ${name}` } }, say("unload"));
    button.addEventListener("click", async () => {
      if (!(await ask(say("unload_ask", { name }), say("unload")))) return;
      await attempt(() => removeModel(name), say("unloaded", { name }));
      await this.changed();
    });
    return button;
  }

  private async install(): Promise<void> {
    const name = byId<HTMLInputElement>("install-name").value;
    const zip = byId<HTMLInputElement>("install-file").files?.[0];
    const known = this.list.models.some((model) => model.name === name);
    if (zip && (known ? await ask(say("replace_ask", { name, file: zip.name }), say("replace")) : true)) await this.send(name, zip);
  }

  private async send(name: string, zip: Blob): Promise<void> {
    const bar = byId<HTMLProgressElement>("install-progress");
    const button = byId<HTMLButtonElement>("install-send");
    bar.hidden = false;
    button.disabled = true;
    await attempt(async () => {
      await installModel(name, zip, (done) => {
        if (done < 1) bar.value = done;
        else bar.removeAttribute("value"); // all is sent; the server checks it
        if (done === 1) showText(byId("said"), say("install_check"));
      });
      byId<HTMLFormElement>("install").reset();
    }, say("installed", { name }));
    bar.hidden = true;
    button.disabled = false;
    await this.changed();
  }
}

interface Counts {
  answered: number;
  unknown: number;
  workers: number;
}

function countsOf(model: Model, samples: readonly Sample[]): Counts {
  const answered = sum(samples, "kenali_photos_total", (labels) => labels.model === model.name);
  const known = sum(samples, "kenali_photos_total", (labels) => labels.model === model.name && labels.outcome === "known");
  const workers = sum(samples, "kenali_model_workers", (labels) => labels.model === model.name && labels.bundle === model.bundle);
  return { answered, unknown: answered - known, workers };
}

function sentenceOf({ name, variants }: Split): string {
  const models = variants.map((variant) => say("share_of", { model: variant.model, share: share(variant.share) })).join(", ");
  return say("split", { name, models });
}

export function nothing(text: string, columns: number): HTMLElement {
  return make("tr", {}, make("td", { colSpan: columns, className: "soft" }, text));
}
