/** Live video: frames are named one after another, the newest each time, none waiting in a queue. */

import { likeliest } from "../model/doubt";
import type { Answered } from "./client";
import { announce, byId, make, showText } from "./dom";
import { ranked } from "./entries";
import type { Model } from "./model";
import { onLanguage, percent, say, type Word } from "./words";

/** Classes shown under the picture. */
const SHOWN = 3;
/** An answer is told to screen readers once it has stood for so many milliseconds. */
const STEADY_MS = 1500;

export class Camera {
  private readonly dialog = byId<HTMLDialogElement>("camera");
  private readonly video = byId<HTMLVideoElement>("camera-video");
  private stream: MediaStream | null = null;
  private devices: string[] = [];
  private problem: Word | null = null;
  private steady = { label: "", since: 0, told: "" };

  constructor(
    private readonly model: () => Model | null,
    private readonly classify: (frame: ImageBitmap) => Promise<Answered | null>,
    private readonly taken: (name: string, photo: Blob) => void,
  ) {
    byId("camera-open").addEventListener("click", () => this.open());
    byId("camera-close").addEventListener("click", () => this.dialog.close());
    byId("camera-take").addEventListener("click", () => void this.take());
    byId("camera-flip").addEventListener("click", () => void this.flip());
    byId("camera-system").addEventListener("click", () => {
      this.dialog.close();
      byId("shot").click();
    });
    this.dialog.addEventListener("close", () => this.stop());
    onLanguage(() => showText(byId("camera-problem"), this.problem && say(this.problem)));
  }

  private open(): void {
    if (!navigator.mediaDevices) {
      byId("shot").click(); // plain http from another device: the camera app still works
      return;
    }
    this.dialog.showModal();
    void this.start({ facingMode: { ideal: "environment" } });
  }

  private async start(which: MediaTrackConstraints): Promise<void> {
    this.stop();
    this.tell("starting", null);
    byId("camera-label").textContent = say("camera_starting");
    try {
      const video = { ...which, width: { ideal: 1280 }, height: { ideal: 720 } };
      const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      if (!this.dialog.open) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.stream = stream;
      this.video.srcObject = stream;
      await this.video.play();
      const found = await navigator.mediaDevices.enumerateDevices();
      this.devices = found.filter(({ kind }) => kind === "videoinput").map(({ deviceId }) => deviceId);
      byId<HTMLButtonElement>("camera-flip").disabled = this.devices.length < 2;
      byId<HTMLButtonElement>("camera-take").disabled = false;
      this.tell("live", null);
      void this.watch(stream);
    } catch (error) {
      if (this.dialog.open) this.tell("failed", wordFor(error));
    }
  }

  private stop(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    byId<HTMLButtonElement>("camera-take").disabled = true;
    byId("camera-label").textContent = "";
    byId("camera-classes").replaceChildren();
  }

  /** One frame, its answer, the next frame: as long as this stream is the one that is shown. */
  private async watch(stream: MediaStream): Promise<void> {
    const answer = byId("camera-answer");
    answer.dataset.frames = "0";
    while (this.stream === stream) {
      await nextFrame(this.video);
      if (this.stream !== stream || !this.video.videoWidth) continue;
      try {
        const answered = await this.classify(await createImageBitmap(this.video));
        if (this.stream !== stream) return;
        if (!answered) continue;
        this.show(answered);
        answer.dataset.frames = String(Number(answer.dataset.frames) + 1);
      } catch {
        return; // the page tells why the model is gone
      }
    }
  }

  private show({ answer: { probs, reason } }: Answered): void {
    const names = this.model()?.classNames ?? [];
    const label = reason ? say("unknown") : names[likeliest(probs)];
    const answer = byId("camera-answer");
    answer.dataset.label = reason ? "unknown" : label;
    answer.classList.toggle("unknown", reason !== null);
    byId("camera-label").textContent = label;
    byId("camera-classes").replaceChildren(
      ...ranked(probs)
        .slice(0, SHOWN)
        .map((j) => {
          const bar = make("i");
          bar.style.setProperty("--share", String(probs[j]));
          return make(
            "li",
            {},
            make("span", { className: "class", textContent: names[j] }),
            make("span", { className: "share", textContent: percent(probs[j]) }),
            make("span", { className: "meter" }, bar),
          );
        }),
    );
    const now = performance.now();
    if (label !== this.steady.label) this.steady = { ...this.steady, label, since: now };
    else if (now - this.steady.since > STEADY_MS && label !== this.steady.told) {
      this.steady.told = label;
      announce(label);
    }
  }

  private async take(): Promise<void> {
    const canvas = make("canvas", { width: this.video.videoWidth, height: this.video.videoHeight });
    canvas.getContext("2d")?.drawImage(this.video, 0, 0);
    const photo = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
    if (!photo) return;
    this.dialog.close();
    const time = new Date().toTimeString().slice(0, 8).replaceAll(":", ".");
    this.taken(`${say("camera_photo", { time })}.jpg`, photo);
  }

  private async flip(): Promise<void> {
    const now = this.stream?.getVideoTracks()[0]?.getSettings().deviceId ?? "";
    const next = this.devices[(this.devices.indexOf(now) + 1) % this.devices.length];
    await this.start({ deviceId: { exact: next } });
  }

  private tell(state: "starting" | "live" | "failed", problem: Word | null): void {
    this.dialog.dataset.state = state;
    this.problem = problem;
    showText(byId("camera-problem"), problem && say(problem));
    if (problem) byId("camera-label").textContent = "";
  }
}

function wordFor(error: unknown): Word {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "camera_denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "camera_missing";
  return "camera_busy";
}

/** The next frame of the video; where the browser does not tell, the next frame of the screen. */
function nextFrame(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve) => {
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(() => resolve());
    else requestAnimationFrame(() => resolve());
  });
}
