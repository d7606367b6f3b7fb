/** The first visit to a served model: its page is still being made for browsers. */

import { byId } from "./dom";
import { setWord } from "./words";

const EVERY_MS = 1500;

/** Waits until the page can run on this device, and then loads it anew; ends where the reader would rather use the server. */
export async function whileMaking(): Promise<void> {
  const button = byId<HTMLButtonElement>("making-instead");
  setWord(byId("loading-word"), "making");
  button.hidden = false;
  let waiting = true;
  button.addEventListener("click", () => (waiting = false), { once: true });
  while (waiting) {
    const state = await made();
    if (state !== "making") {
      if (state === "made") location.reload();
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  button.hidden = true;
  setWord(byId("loading-word"), "loading");
}

/** How far the server is; `failed` also where it does not tell. */
async function made(): Promise<string> {
  try {
    const response = await fetch("./made.json", { cache: "no-store" });
    return response.ok ? ((await response.json()) as { state: string }).state : "failed";
  } catch {
    return "failed";
  }
}
