/** A photo with its faces marked. */

import { make } from "../../page/dom";
import { say } from "../words";
import type { Box, Flaw } from "./server";

/** `label` is written at the box, "" for none; `kind` says how it is drawn. */
export interface Mark {
  box: Box;
  label: string;
  kind: "known" | "unknown" | "main" | "other";
}

/** A rectangle in hundredths of the picture's width and height. */
export interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

export class Picture {
  readonly element = make("div", { className: "faces" });
  private readonly url: string;

  constructor(file: Blob, alt: string) {
    this.url = URL.createObjectURL(file);
    const image = make("img", { alt });
    image.addEventListener("load", () => this.element.style.setProperty("--ratio", String(image.naturalWidth / image.naturalHeight)));
    image.addEventListener("error", () => this.cannotShow());
    image.src = this.url;
    this.element.append(image);
  }

  /** Draws these boxes over the photo, which is `width` x `height` pixels upright, in place of those before. */
  mark(width: number, height: number, marks: readonly Mark[]): void {
    for (const old of this.element.querySelectorAll(".found")) old.remove();
    this.element.append(...marks.map(({ box, label, kind }) => drawn(placeIn(box, width, height), label, kind)));
  }

  /** Gives back what the picture takes. */
  close(): void {
    URL.revokeObjectURL(this.url);
    this.element.remove();
  }

  private cannotShow(): void {
    this.element.classList.add("unseen");
    this.element.replaceChildren(make("p", { className: "soft" }, say("photo_unseen")));
  }
}

/** Where a box lies in a photo of `width` x `height` pixels; what reaches beyond its edges is cut off. */
export function placeIn([left, top, right, bottom]: Box, width: number, height: number): Place {
  const across = (x: number): number => (100 * Math.min(Math.max(x, 0), width)) / width;
  const down = (y: number): number => (100 * Math.min(Math.max(y, 0), height)) / height;
  return { left: across(left), top: down(top), width: across(right) - across(left), height: down(bottom) - down(top) };
}

/** The place of the face that takes most of the photo; -1 for none. */
export function largest(faces: readonly { box: Box }[]): number {
  const areas = faces.map(({ box: [left, top, right, bottom] }) => (right - left) * (bottom - top));
  return areas.indexOf(Math.max(...areas));
}

/** The words for flaws, joined: "small, blurred". */
export function flawWords(flaws: readonly Flaw[]): string {
  return flaws.map((flaw) => say(`flaw_${flaw}`)).join(", ");
}

function drawn({ left, top, width, height }: Place, label: string, kind: Mark["kind"]): HTMLElement {
  const box = make("span", { className: `found ${kind}`, ariaHidden: "true" });
  for (const [side, share] of Object.entries({ left, top, width, height })) box.style.setProperty(side, `${share}%`);
  if (label) box.append(make("span", { className: `label${top < 12 ? " below" : ""}${left > 55 ? " leftwards" : ""}` }, label));
  return box;
}
