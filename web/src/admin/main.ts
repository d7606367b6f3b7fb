/** The admin page: what the server counts, every two seconds; its models and keys, when they may have changed; people, where it has a gallery, and at /people nothing else. */

import { byId } from "../page/dom";
import { parse, type Sample } from "./exposition";
import { momentOf } from "./figures";
import { History } from "./history";
import { KeyTable } from "./keys";
import { ModelTable } from "./models";
import { drawOverview } from "./overview";
import { PeopleView } from "./people/view";
import { logIn, readKeys, readMetrics, readModels, Refused } from "./server";
import { beginSpeaking } from "./words";

const EVERY_MS = 2000;
const LISTS_EVERY = 5; // looks at the figures for one at the lists

const past = new History();
let samples: Sample[] = [];
let looks = 0;
const models = new ModelTable(refreshLists);
const keys = new KeyTable(refreshLists);
const people = new PeopleView(draw);

function draw(): void {
  drawOverview(samples, past);
  models.draw(samples);
  keys.draw();
}

async function look(): Promise<void> {
  try {
    samples = parse(await readMetrics());
    past.add(momentOf(samples, Date.now() / 1000));
    if (samples.some(({ name }) => name === "kenali_faces_workers")) people.begin({ alone: false });
    if (looks++ % LISTS_EVERY === 0) await refreshLists();
    byId("lost").hidden = true;
  } catch (error) {
    if (error instanceof Refused && error.status === 401) logIn();
    byId("lost").hidden = false;
  }
  draw();
}

async function refreshLists(): Promise<void> {
  [models.list, keys.list] = await Promise.all([readModels(), readKeys()]);
  draw();
}

byId("host").textContent = location.host;
beginSpeaking(() => {
  draw();
  people.draw();
});
if (location.pathname === "/people") people.begin({ alone: true });
else await watch();

/** Shows the figures and looks at them for as long as the page is there. */
async function watch(): Promise<void> {
  byId("view-server").hidden = false;
  while (true) {
    if (!document.hidden) await look();
    await new Promise((after) => setTimeout(after, EVERY_MS));
  }
}
