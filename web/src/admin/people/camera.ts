/** The camera: a frame is taken on a button, and one sees what the server finds in it before it is used. */

import { byId, showText } from "../../page/dom";
import { Lens, timeForName } from "../../page/lens";
import { reasonOf } from "../asking";
import { Refused } from "../server";
import { say } from "../words";
import { marksOf } from "./card";
import { Picture } from "./picture";
import { detect, type SeenPhoto } from "./server";
import { lookWords } from "./told";

const WORD_OF = { denied: "camera_denied", missing: "camera_missing", busy: "camera_busy" } as const;

export class Camera {
  private readonly dialog = byId<HTMLDialogElement>("camera");
  private readonly lens = new Lens(byId<HTMLVideoElement>("camera-video"));
  private take: (photo: File) => void = () => undefined;
  private several = false;
  private frame: { photo: File; picture: Picture; look: SeenPhoto | null; failed: string } | null = null;
  private problem: keyof typeof WORD_OF | null = null;
  private kept = 0;

  constructor() {
    byId("camera-close").addEventListener("click", () => this.dialog.close());
    byId("camera-flip").addEventListener("click", () => void this.start(null));
    byId("camera-take").addEventListener("click", () => void this.shoot());
    byId("camera-again").addEventListener("click", () => void this.start());
    byId("camera-keep").addEventListener("click", () => this.keep());
    this.dialog.addEventListener("close", () => this.stop());
  }

  /** Shows the camera. `take` gets the photo that is taken; or, for `several`, each that the reader wants to use once it was looked at. */
  open(take: (photo: File) => void, several: boolean): void {
    this.take = take;
    this.several = several;
    this.kept = 0;
    this.dialog.showModal();
    void this.start();
  }

  draw(): void {
    showText(byId("camera-problem"), this.problem && say(WORD_OF[this.problem]));
    byId("camera-said").textContent = this.said();
  }

  /** Shows this camera, or the next one for null. */
  private async start(which: MediaTrackConstraints | null = { facingMode: { ideal: "environment" } }): Promise<void> {
    const starting = which ? this.lens.start(which) : this.lens.turn();
    this.leaveFrame();
    this.show("starting");
    const problem = await starting;
    if (problem === "stopped") return;
    byId<HTMLButtonElement>("camera-flip").disabled = !this.lens.turns;
    this.show(problem ? "failed" : "live", problem);
  }

  private stop(): void {
    this.lens.stop();
    this.leaveFrame();
  }

  private async shoot(): Promise<void> {
    const blob = await this.lens.take();
    if (!blob) return;
    this.lens.stop();
    const photo = new File([blob], `${say("camera_photo", { time: timeForName() })}.jpg`, { type: blob.type });
    if (!this.several) {
      this.dialog.close();
      this.take(photo);
      return;
    }
    const frame = { photo, picture: new Picture(photo, photo.name), look: null as SeenPhoto | null, failed: "" };
    this.frame = frame;
    byId("camera-taken").append(frame.picture.element);
    this.show("taken");
    byId("camera-keep").focus();
    try {
      frame.look = await detect(photo);
      frame.picture.mark(frame.look.width, frame.look.height, marksOf(frame.look));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      frame.failed = reasonOf(error);
    }
    if (this.frame === frame) this.draw();
  }

  private keep(): void {
    if (!this.frame) return;
    this.kept++;
    this.take(this.frame.photo);
    void this.start();
  }

  private leaveFrame(): void {
    this.frame?.picture.close();
    this.frame = null;
  }

  private show(state: "starting" | "live" | "failed" | "taken", problem: keyof typeof WORD_OF | null = null): void {
    this.dialog.dataset.state = state;
    byId<HTMLButtonElement>("camera-take").disabled = state !== "live";
    byId("camera-live").hidden = state === "taken";
    byId("camera-choice").hidden = state !== "taken";
    this.problem = problem;
    this.draw();
  }

  private said(): string {
    if (this.frame) return this.frame.failed || lookWords(this.frame.look).text;
    if (this.dialog.dataset.state === "starting") return say("camera_starting");
    return this.kept ? say("camera_kept", { n: this.kept }) : "";
  }
}
