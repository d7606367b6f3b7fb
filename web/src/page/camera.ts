/** Live video: frames are named one after another, the newest each time, none waiting in a queue. */

import { likeliest } from "../model/doubt";
import type { Answered } from "./client";
import { announce, byId, make, showText } from "./dom";
import { ranked } from "./entries";
import { hasCameras, Lens, timeForName } from "./lens";
import type { Model } from "./model";
import { onLanguage, percent, say, type Word } from "./words";

/** Classes shown under the picture. */
const SHOWN = 3;
const WORD_OF = { denied: "camera_denied", missing: "camera_missing", busy: "camera_busy" } as const;
/** An answer is told to screen readers once it has stood for so many milliseconds. */
const STEADY_MS = 1500;

export class Camera {
  private readonly dialog = byId<HTMLDialogElement>("camera");
  private readonly video = byId<HTMLVideoElement>("camera-video");
  private readonly lens = new Lens(this.video);
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
    byId("camera-flip").addEventListener("click", () => void this.start(null));
    byId("camera-system").addEventListener("click", () => {
      this.dialog.close();
      byId("shot").click();
    });
    this.dialog.addEventListener("close", () => this.stop());
    onLanguage(() => showText(byId("camera-problem"), this.problem && say(this.problem)));
  }

  private open(): void {
    if (!hasCameras()) {
      byId("shot").click(); // the camera app still works
      return;
    }
    this.dialog.showModal();
    void this.start({ facingMode: { ideal: "environment" } });
  }

  /** Shows this camera, or the next one for null. */
  private async start(which: MediaTrackConstraints | null): Promise<void> {
    const starting = which ? this.lens.start(which) : this.lens.turn();
    this.forgetAnswer();
    this.tell("starting", null);
    byId("camera-label").textContent = say("camera_starting");
    const problem = await starting;
    if (problem === "stopped") return;
    if (problem) {
      this.tell("failed", WORD_OF[problem]);
      return;
    }
    byId<HTMLButtonElement>("camera-flip").disabled = !this.lens.turns;
    byId<HTMLButtonElement>("camera-take").disabled = false;
    this.tell("live", null);
    void this.watch();
  }

  private stop(): void {
    this.lens.stop();
    this.forgetAnswer();
  }

  private forgetAnswer(): void {
    byId<HTMLButtonElement>("camera-take").disabled = true;
    byId("camera-label").textContent = "";
    byId("camera-classes").replaceChildren();
  }

  /** One frame, its answer, the next frame: as long as this stream is the one that is shown. */
  private async watch(): Promise<void> {
    const { stream } = this.lens;
    const answer = byId("camera-answer");
    answer.dataset.frames = "0";
    while (this.lens.stream === stream) {
      await nextFrame(this.video);
      if (this.lens.stream !== stream || !this.video.videoWidth) continue;
      try {
        const answered = await this.classify(await createImageBitmap(this.video));
        if (this.lens.stream !== stream) return;
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
    const photo = await this.lens.take();
    if (!photo) return;
    this.dialog.close();
    this.taken(`${say("camera_photo", { time: timeForName() })}.jpg`, photo);
  }

  private tell(state: "starting" | "live" | "failed", problem: Word | null): void {
    this.dialog.dataset.state = state;
    this.problem = problem;
    showText(byId("camera-problem"), problem && say(problem));
    if (problem) byId("camera-label").textContent = "";
  }
}

/** The next frame of the video; where the browser does not tell, the next frame of the screen. */
function nextFrame(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve) => {
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(() => resolve());
    else requestAnimationFrame(() => resolve());
  });
}
