/** How readily the model says "unknown": the choices that its bundle knows the limits of. */

import type { Limits } from "../types";
import { byId, make } from "./dom";
import type { Model } from "./model";
import { onLanguage, rate, say } from "./words";

export class StrictnessView {
  private readonly select = byId<HTMLSelectElement>("strict");

  constructor(
    private readonly model: () => Model | null,
    changed: (limits: Limits) => void,
  ) {
    this.select.addEventListener("change", () => {
      const model = this.model();
      if (!model) return;
      model.reject = this.select.value === "default" ? null : Number(this.select.value);
      changed(model.limits());
    });
    onLanguage(() => this.draw());
  }

  draw(): void {
    const model = this.model();
    if (!model) return;
    const { reject, choices } = model.thresholds;
    const usual = reject === null ? say("strict_never") : say("strict_usual", { share: rate(reject) });
    const others = choices.filter((choice) => choice.reject !== reject && choice.reject > 0).sort((a, b) => a.reject - b.reject);
    this.select.replaceChildren(
      make("option", { value: "default", textContent: usual }),
      ...others.map((choice) => make("option", { value: String(choice.reject), textContent: say("strict_share", { share: rate(choice.reject) }) })),
      ...(reject === null ? [] : [make("option", { value: "0", textContent: say("strict_never") })]),
    );
    this.select.value = model.reject === null ? "default" : String(model.reject);
  }
}
