/** A photo that is to be enrolled: the picture with its faces marked, what is found in it, what becomes of it. */

import { make } from "../../page/dom";
import { say } from "../words";
import { largest, type Mark, Picture } from "./picture";
import type { Fate, Permit, SeenPhoto } from "./server";
import { fateWords, lookWords, PERMIT_WORDS } from "./told";

export class Card {
  readonly element = make("li");
  readonly permits = new Set<Permit>();
  look: SeenPhoto | null = null;
  fate: Fate | null = null;
  /** The server's sentence where it would not look. */
  failed = "";
  private readonly picture: Picture;
  private readonly words = make("div", { className: "said" });

  constructor(
    readonly photo: File,
    private readonly leaveOut: (card: Card) => void,
  ) {
    this.picture = new Picture(photo, photo.name);
    this.element.append(this.picture.element, this.words);
  }

  /** Whether it is in the gallery, and so no longer to be sent. */
  get settled(): boolean {
    return this.fate !== null && this.fate.fate !== "refused";
  }

  draw(): void {
    if (this.look) this.picture.mark(this.look.width, this.look.height, marksOf(this.look));
    const found = this.failed ? { text: this.failed, good: false, offers: [] } : lookWords(this.look, this.permits);
    const { text, good, offers } = this.fate ? fateWords(this.fate, found) : found;
    this.element.dataset.state = good === null ? "looking" : this.settled ? "enrolled" : good ? "good" : "poor";
    const parts: HTMLElement[] = [make("p", {}, text)];
    if (!this.settled) {
      parts.push(...[...new Set([...found.offers, ...offers])].map((permit) => this.choice(permit)));
      const leave = make("button", { type: "button", className: "quiet" }, say("photo_remove"));
      leave.setAttribute("aria-label", say("photo_remove_named", { photo: this.photo.name }));
      leave.addEventListener("click", () => this.leaveOut(this));
      parts.push(leave);
    }
    this.words.replaceChildren(...parts);
  }

  close(): void {
    this.picture.close();
    this.element.remove();
  }

  private choice(permit: Permit): HTMLElement {
    const box = make("input", { type: "checkbox", checked: this.permits.has(permit) });
    box.dataset.permit = permit;
    box.addEventListener("change", () => {
      if (box.checked) this.permits.add(permit);
      else this.permits.delete(permit);
      this.draw();
      this.element.querySelector<HTMLElement>(`[data-permit="${permit}"]`)?.focus();
    });
    return make("label", { className: "choice" }, box, say(PERMIT_WORDS[permit]));
  }
}

/** The largest face plainly, the others dashed: it is the one that would be enrolled. */
export function marksOf({ faces }: SeenPhoto): Mark[] {
  const main = largest(faces);
  return faces.map(({ box }, index) => ({ box, label: "", kind: index === main ? "main" : "other" }));
}
