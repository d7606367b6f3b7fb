/** Small pictures for the list, made when they come into view, one at a time, and no more than so many kept. */

const SIDE = 160; // of a thumbnail's shorter side, in pixels
const KEPT = 240; // thumbnails; each is a JPEG of a few kilobytes

interface Wanted {
  picture: HTMLImageElement;
  file: Blob;
}

export class Thumbnails {
  private readonly wanted = new Map<Element, Wanted>();
  private readonly shown = new Map<Element, string>();
  private queue: Element[] = [];
  private busy = false;
  private readonly watcher = new IntersectionObserver((seen) => this.see(seen), { rootMargin: "200px" });

  /** Draws `file` into `picture` whenever `element` is near the screen. */
  watch(element: Element, picture: HTMLImageElement, file: Blob): void {
    this.wanted.set(element, { picture, file });
    this.watcher.observe(element);
  }

  /** Forgets all pictures. */
  clear(): void {
    this.watcher.disconnect();
    for (const url of this.shown.values()) URL.revokeObjectURL(url);
    this.wanted.clear();
    this.shown.clear();
    this.queue = [];
  }

  private see(seen: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of seen) {
      this.queue = this.queue.filter((element) => element !== target);
      if (isIntersecting && !this.shown.has(target)) this.queue.push(target);
    }
    void this.work();
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    // What came into view last is drawn first: it is what the reader looks at.
    for (let element = this.queue.pop(); element; element = this.queue.pop()) {
      const wanted = this.wanted.get(element);
      const url = wanted && (await thumbnail(wanted.file).catch(() => null));
      if (!url) continue;
      if (this.wanted.get(element) !== wanted) URL.revokeObjectURL(url);
      else this.show(element, wanted.picture, url);
    }
    this.busy = false;
  }

  private show(element: Element, picture: HTMLImageElement, url: string): void {
    picture.src = url;
    picture.hidden = false;
    this.shown.set(element, url);
    for (const [oldest, old] of this.shown) {
      if (this.shown.size <= KEPT) break;
      this.shown.delete(oldest);
      URL.revokeObjectURL(old);
      const { picture: emptied } = this.wanted.get(oldest) as Wanted;
      emptied.removeAttribute("src");
      emptied.hidden = true;
      this.watcher.unobserve(oldest); // observing anew reports it again once it is in view
      this.watcher.observe(oldest);
    }
  }
}

/** Address of a JPEG of the upright photo, its shorter side `SIDE` pixels. */
export async function thumbnail(file: Blob): Promise<string> {
  const whole = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.min(whole.width, whole.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(whole.width * scale));
  canvas.height = Math.max(1, Math.round(whole.height * scale));
  const context = canvas.getContext("2d");
  if (context) {
    context.imageSmoothingQuality = "high";
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(whole, 0, 0, canvas.width, canvas.height);
  }
  whole.close();
  const small = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
  if (!small) throw new Error("the browser gave no JPEG");
  return URL.createObjectURL(small);
}
