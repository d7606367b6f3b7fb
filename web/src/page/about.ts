/** What this page is, which model it holds, and what it does not claim. */

import { byId, make } from "./dom";
import type { Model } from "./model";
import { listed, onLanguage, say } from "./words";

const BACKENDS: Record<string, string> = { webgpu: "WebGPU", webgl: "WebGL", wasm: "WebAssembly", cpu: "JavaScript" };

export class AboutView {
  constructor(private readonly model: () => Model | null) {
    byId("about-open").addEventListener("click", () => {
      this.draw();
      byId<HTMLDialogElement>("about").showModal();
    });
    onLanguage(() => this.draw());
  }

  private draw(): void {
    const model = this.model();
    byId("about-title").textContent = say("about_title", { name: model?.manifest.name ?? "Kenali" });
    byId("about-words").replaceChildren(...(model ? paragraphs(model) : [say("about_private")]).map((textContent) => make("p", { textContent })));
  }
}

function paragraphs(model: Model): string[] {
  const { manifest, classNames } = model;
  const judges = model.thresholds.novelty !== null || model.thresholds.ambiguous !== null;
  return [
    say("about_what", { n: classNames.length, names: listed(classNames, "and") }),
    say(model.place === "server" ? "about_private_server" : "about_private"),
    say(manifest.calibration.method === "none" ? "about_percent_none" : "about_percent"),
    say(judges ? "about_unknown" : "about_unknown_none"),
    say("about_accuracy"),
    ...(model.canLearn || model.place === "server" ? [] : [say("about_cannot_learn")]),
    ...(model.place === "server" ? [say("about_model", { id: manifest.bundle_sha256.slice(0, 12) })] : runsHere(model)),
  ];
}

/** How it runs in this browser. */
function runsHere({ manifest, threads, backend: code }: Model): string[] {
  const backend = BACKENDS[code] ?? code;
  return [
    say("about_install"),
    [
      threads > 1 ? say("about_threads", { backend, n: threads }) : say("about_runs", { backend }),
      say("about_precision", { precision: manifest.precision }),
      say("about_model", { id: manifest.bundle_sha256.slice(0, 12) }),
    ].join(" "),
  ];
}
