/** The right name of a photo that the server answered, told to it. */

import { byId, make } from "./dom";
import type { Entries } from "./entries";
import type { Model } from "./model";
import type { Server } from "./server";
import { onLanguage, say, type Word } from "./words";
import { likeliest } from "../model/doubt";

export class FeedbackView {
  private readonly select = byId<HTMLSelectElement>("feedback-label");
  private readonly button = byId<HTMLButtonElement>("feedback-send");
  private said: Word | null = null;

  constructor(
    private readonly entries: Entries,
    private readonly model: () => Model | null,
    private readonly server: Server | null,
  ) {
    this.button.addEventListener("click", () => void this.send());
    entries.listen((change) => {
      const about = change.kind === "entry" ? change.entry === entries.selected : true;
      if (about) this.show();
    });
    onLanguage(() => this.tell(this.said));
  }

  /** Fits the choice to the photo that is shown. */
  private show(): void {
    const state = this.entries.selected?.state;
    const model = this.model();
    const answered = this.server && model?.place === "server" && state?.kind === "done" && state.prediction !== undefined;
    byId("feedback").hidden = !answered;
    if (!answered) return;
    this.select.replaceChildren(...model.classNames.map((name) => make("option", { value: name, textContent: name })));
    this.select.value = model.classNames[likeliest(state.answer.probs)];
    this.tell(null);
  }

  private async send(): Promise<void> {
    const state = this.entries.selected?.state;
    if (!this.server || state?.kind !== "done" || state.prediction === undefined) return;
    this.button.disabled = true;
    const told = await this.server.feedback(state.prediction, this.select.value).then(
      () => true,
      () => false,
    );
    this.button.disabled = false;
    this.tell(told ? "feedback_thanks" : "feedback_failed");
  }

  private tell(word: Word | null): void {
    this.said = word;
    byId("feedback-said").textContent = word ? say(word) : "";
  }
}
