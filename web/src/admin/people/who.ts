/** Trying it out: photos, and the names that the server gives to the faces in them. */

import { announce, byId, make } from "../../page/dom";
import { reasonOf } from "../asking";
import { Refused } from "../server";
import { distance, say } from "../words";
import type { Camera } from "./camera";
import { flawWords, type Mark, Picture } from "./picture";
import { hashOf } from "./place";
import { identify, type NamedFace, type SeenPhoto } from "./server";
import { lookWords } from "./told";
import { Zone } from "./zone";

/** Photos that stay in sight; older ones make room. */
const KEPT = 12;

interface Asked {
  photo: File;
  picture: Picture;
  element: HTMLElement;
  answer: SeenPhoto<NamedFace> | null;
  failed: string;
}

export class WhoView {
  private readonly list = byId("who-photos");
  private asked: Asked[] = [];
  private queue: Promise<void> = Promise.resolve();

  constructor(camera: Camera) {
    new Zone("who", (photos) => this.add(photos), () => camera.open((photo) => this.add([photo]), false));
  }

  draw(): void {
    for (const one of this.asked) drawOne(one);
  }

  /** Lets go of all photos. */
  clear(): void {
    for (const { picture, element } of this.asked) {
      picture.close();
      element.remove();
    }
    this.asked = [];
  }

  private add(photos: readonly File[]): void {
    for (const photo of photos.slice(0, KEPT)) {
      const picture = new Picture(photo, photo.name);
      const one: Asked = { photo, picture, element: make("li", {}, picture.element), answer: null, failed: "" };
      one.element.append(make("div", { className: "said" }));
      this.asked.unshift(one);
      this.list.prepend(one.element);
      drawOne(one);
      this.queue = this.queue.then(() => this.ask(one));
    }
    for (const old of this.asked.splice(KEPT)) {
      old.picture.close();
      old.element.remove();
    }
  }

  private async ask(one: Asked): Promise<void> {
    if (!this.asked.includes(one)) return;
    try {
      one.answer = await identify(one.photo);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      one.failed = reasonOf(error);
    }
    drawOne(one);
    announce(one.element.querySelector(".said")?.textContent ?? "");
  }
}

function drawOne({ photo, picture, element, answer, failed }: Asked): void {
  const said = element.querySelector(".said");
  element.dataset.state = failed ? "failed" : answer ? "answered" : "looking";
  if (!said) return;
  if (failed || !answer) {
    said.replaceChildren(make("p", { className: failed ? "warning" : "soft" }, failed || say("who_looking")));
  } else if (answer.error || !answer.faces.length) {
    said.replaceChildren(make("p", {}, photo.name), make("p", { className: "warning" }, lookWords(answer).text));
  } else {
    picture.mark(answer.width, answer.height, answer.faces.map(markOf));
    const title = say("who_faces", { photo: photo.name, n: answer.faces.length });
    said.replaceChildren(make("p", {}, title), make("ol", { className: "names" }, ...answer.faces.map(line)));
  }
}

function markOf({ box, name, person }: NamedFace): Mark {
  return { box, label: person ? name : "?", kind: person ? "known" : "unknown" };
}

function line({ name, person, distance: far, quality }: NamedFace): HTMLElement {
  const who = person ? make("a", { href: hashOf({ view: "person", person }) }, name) : make("span", { className: "unknown" }, say("who_unknown"));
  const more = [far === null ? say("who_nobody_enrolled") : say("who_distance", { distance: distance(far) })];
  if (quality.flaws.length) more.push(flawWords(quality.flaws));
  return make("li", { dataset: { person: person ?? "" } }, who, make("span", { className: "soft" }, more.join("; ")));
}
