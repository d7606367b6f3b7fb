/** The picture with its boxes: always those of the very frame that is shown. */

import { byId, make, showText } from "../page/dom";
import { type Frame, type Picture, readPicture, type Sighting } from "./server";
import { called, number, percent, say } from "./words";

const KEPT_FRAMES = 60;

const key = (frame: Frame): string => `${frame.session}/${frame.sequence}`;

export class Stage {
  private frames = new Map<string, Frame>();
  private waiting: Picture | null = null;
  private shown: Frame | null = null;
  private fetching = false;
  private newer = false;
  private pictured = false;

  constructor(private readonly source: string) {
    byId("boxes").replaceChildren();
    byId("labels").textContent = "";
    byId("sure").hidden = true;
  }

  /** What was seen in a frame; its picture is fetched unless one is on its way. */
  take(frame: Frame): void {
    this.frames.set(key(frame), frame);
    for (const oldest of this.frames.keys()) {
      if (this.frames.size <= KEPT_FRAMES) break;
      this.frames.delete(oldest);
    }
    if (this.waiting?.frame === key(frame)) this.show(this.waiting, frame);
    if (!this.pictured) this.outline(frame);
    this.newer ||= frame.picture;
    if (this.newer && !this.fetching && !document.hidden) void this.fetch();
  }

  /** Words in another language. */
  redraw(): void {
    if (this.shown) this.tell(this.shown);
  }

  private async fetch(): Promise<void> {
    this.fetching = true;
    this.newer = false;
    try {
      const picture = await readPicture(this.source);
      const frame = picture && this.frames.get(picture.frame);
      if (frame) this.show(picture, frame);
      else this.waiting = picture; // what was seen in it has not been told yet
    } catch {
      // The next frame tries again.
    } finally {
      this.fetching = false;
      if (this.newer) void this.fetch();
    }
  }

  private show(picture: Picture, frame: Frame): void {
    this.waiting = null;
    this.pictured = true;
    const canvas = byId<HTMLCanvasElement>("picture");
    resize(canvas, picture.bitmap.width, picture.bitmap.height);
    canvas.getContext("2d")?.drawImage(picture.bitmap, 0, 0);
    picture.bitmap.close();
    this.tell(frame);
  }

  /** Boxes alone, where the hub sends no pictures. */
  private outline(frame: Frame): void {
    const canvas = byId<HTMLCanvasElement>("picture");
    if (frame.width && frame.height) resize(canvas, frame.width, frame.height);
    this.tell(frame);
  }

  private tell(frame: Frame): void {
    this.shown = frame;
    byId("boxes").replaceChildren(...frame.sightings.filter(({ box }) => box).map(boxOf));
    const told = [...new Set(frame.sightings.map(nameOf))].join(" · ");
    if (byId("labels").textContent !== told) byId("labels").textContent = told; // read aloud when it changes
    const whole = frame.sightings.find(({ box }) => !box);
    showText(byId("sure"), whole?.confidence == null ? null : say("sure", { share: percent(whole.confidence) }));
    if (frame.sightings.some(({ label }) => label === "somebody")) byId("hidden-names").hidden = false;
    byId("picture").setAttribute("aria-label", say("picture_of", { name: this.source, labels: told || say("nothing_seen") }));
    showText(byId("problem"), frame.error && say("frame_failed", { why: frame.error }));
  }
}

/** Whether the vote calls it by a name that this frame alone does not. */
function held({ label, frame_label }: Sighting): boolean {
  return label !== "unknown" && label !== frame_label;
}

function nameOf(sighting: Sighting): string {
  return called(sighting.label, sighting.person) + (held(sighting) ? "?" : "");
}

function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  byId("stage").style.setProperty("--ratio", String(width / height));
}

function boxOf(sighting: Sighting): HTMLElement {
  const [x, y, width, height] = sighting.box ?? [0, 0, 1, 1];
  const unknown = sighting.label === "unknown";
  const sure = sighting.confidence ?? (unknown || held(sighting) ? null : sighting.distance);
  const caption = make("span", {}, nameOf(sighting));
  if (sure !== null) caption.append(make("small", {}, number(sure, 2)));
  const kind = unknown ? "box unknown" : held(sighting) ? "box held" : "box";
  const box = make("div", { className: kind, dataset: { label: sighting.label } }, caption);
  Object.assign(box.style, { left: `${100 * x}%`, top: `${100 * y}%`, width: `${100 * width}%`, height: `${100 * height}%` });
  if (y < 0.1) box.classList.add("high"); // no room above it
  if (x > 0.6) box.classList.add("right");
  return box;
}
