/** A camera's live picture in a video: started, turned to the next camera, stopped, one frame taken. */

/** Why there is no picture. */
export type LensProblem = "denied" | "missing" | "busy";

/** Quality of the JPEG that a frame becomes. */
const QUALITY = 0.95;

export class Lens {
  /** What is shown now; null while there is none. */
  stream: MediaStream | null = null;
  private devices: string[] = [];
  private starts = 0;

  constructor(private readonly video: HTMLVideoElement) {}

  /** Whether there is another camera to turn to. */
  get turns(): boolean {
    return this.devices.length > 1;
  }

  /** Shows a camera; null once it is live, "stopped" where `stop` or another start came before that. */
  async start(which: MediaTrackConstraints): Promise<LensProblem | "stopped" | null> {
    this.stop();
    const own = this.starts;
    try {
      const video = { ...which, width: { ideal: 1280 }, height: { ideal: 720 } };
      const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      if (own !== this.starts) {
        end(stream);
        return "stopped";
      }
      this.stream = stream;
      this.video.srcObject = stream;
      await this.video.play();
      const found = await navigator.mediaDevices.enumerateDevices();
      this.devices = found.filter(({ kind }) => kind === "videoinput").map(({ deviceId }) => deviceId);
      return own === this.starts ? null : "stopped";
    } catch (error) {
      return own === this.starts ? problemOf(error) : "stopped";
    }
  }

  /** Shows the next camera. */
  turn(): Promise<LensProblem | "stopped" | null> {
    const now = this.stream?.getVideoTracks()[0]?.getSettings().deviceId ?? "";
    const next = this.devices[(this.devices.indexOf(now) + 1) % this.devices.length];
    return this.start({ deviceId: { exact: next } });
  }

  stop(): void {
    this.starts++;
    if (this.stream) end(this.stream);
    this.stream = null;
    this.video.srcObject = null;
  }

  /** The frame that is shown now, as a JPEG of the camera's own size; null where the browser gives none. */
  take(): Promise<Blob | null> {
    const canvas = document.createElement("canvas");
    canvas.width = this.video.videoWidth;
    canvas.height = this.video.videoHeight;
    canvas.getContext("2d")?.drawImage(this.video, 0, 0);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  }
}

/** Whether this page can have a camera: browsers allow none to pages that came over plain http from another device. */
export function hasCameras(): boolean {
  return "mediaDevices" in navigator;
}

/** The time of day for a photo's name, as file names can hold it. */
export function timeForName(now = new Date()): string {
  return now.toTimeString().slice(0, 8).replaceAll(":", ".");
}

function problemOf(error: unknown): LensProblem {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  return "busy";
}

function end(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
