/** Use without network: the service worker keeps the page's files, and its headers let WebAssembly use threads. */

import { byId } from "./dom";
import type { Found } from "./gather";
import { onLanguage, say } from "./words";

/** How long the first visit waits for the service worker before it goes on without. */
const PATIENCE_MS = 4000;
const RELOADED = `kenali.reloaded ${location.pathname}`;

type State = "off" | "saving" | "ready";

/** Registers `sw.js`. True where the page is loaded anew at once, which happens on the first visit to a server that sends no
 * isolation headers: the service worker adds them, so that threads can share memory. */
export async function underServiceWorker(): Promise<boolean> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined; // absent over plain http
  if (!import.meta.env.PROD || !workers) return false;
  try {
    const registration = await workers.register("./sw.js", { updateViaCache: "none" });
    watchUpdates(registration);
    // An active worker that does not control this page means that the reader asked for the page from the network.
    if (crossOriginIsolated || workers.controller || registration.active) return false;
    const controlled = await Promise.race([
      new Promise<boolean>((resolve) => workers.addEventListener("controllerchange", () => resolve(true), { once: true })),
      new Promise<boolean>((resolve) => setTimeout(resolve, PATIENCE_MS, false)),
    ]);
    if (!controlled || sessionStorage.getItem(RELOADED)) return false;
    sessionStorage.setItem(RELOADED, "1");
    location.reload();
    return true;
  } catch {
    return false; // private windows may refuse service workers or storage; the page works without
  }
}

/** Has all files of the page kept, and shows that it now works without network. */
export async function keepFiles(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  if (!import.meta.env.PROD || !registration) return;
  tell("saving");
  tell((await ask<boolean>("keep")) ? "ready" : "off");
}

/** Photos that another app shared with this one, handed over once. */
export async function sharedPhotos(): Promise<Found[]> {
  if (!navigator.serviceWorker?.controller || !new URL(location.href).searchParams.has("shared")) return [];
  const photos = await ask<{ name: string; photo: Blob }[]>("shared");
  return photos.map(({ name, photo }) => ({ name, file: new File([photo], name, { type: photo.type }) }));
}

async function ask<T>(kind: "keep" | "shared"): Promise<T> {
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<T>) => resolve(data);
    active?.postMessage({ kind }, [port2]);
  });
}

function tell(state: State): void {
  byId("offline").dataset.state = state;
  draw();
}

function draw(): void {
  const state = byId("offline").dataset.state as State;
  byId("offline").textContent = state === "off" ? "" : say(state === "saving" ? "offline_saving" : "offline_ready");
}

onLanguage(draw);

/** Offers a newer version once it is wholly kept; nothing changes under the reader's hands. */
function watchUpdates(registration: ServiceWorkerRegistration): void {
  const offer = (): void => {
    if (registration.waiting && registration.active) byId("update").hidden = false;
  };
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  byId("update-now").addEventListener("click", () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    registration.waiting?.postMessage({ kind: "use" });
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") registration.update().catch(() => undefined); // no network: later
  });
  offer();
}
