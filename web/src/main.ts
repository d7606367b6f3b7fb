/** The page's beginning: its language, its service worker, its model. */

import { App } from "./page/app";
import { byId } from "./page/dom";
import { whileMaking } from "./page/making";
import { markHere, served } from "./page/served";
import { underServiceWorker } from "./page/offline";
import { firstLanguage, type Language, languageNow, rememberedLanguage, speak } from "./page/words";

const address = new URL(location.href);
const choice = byId<HTMLSelectElement>("language");
speak(firstLanguage(address.search, rememberedLanguage(), navigator.languages));
choice.value = languageNow();
choice.addEventListener("change", () => speak(choice.value as Language, true));

const behind = served(markHere(), address);
if (behind?.making) await whileMaking();
const kept = behind === null || behind.device; // where there is a model to keep for use without network
if (!kept || !(await underServiceWorker())) {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const app = new App(worker, behind);
  speak(languageNow());
  await app.load(new URL("./", address).href, address.searchParams.get("backend"));
}
