/** The live page: one camera's picture with what is seen in it, its pace, and who or what was there. */

import { byId, make, showText } from "../page/dom";
import { AppearanceList } from "./appearances";
import { drawPace } from "./pace";
import { listen, readAppearances, readStreams, Refused, type Source, type Streams } from "./server";
import { Stage } from "./stage";
import { say, speaker } from "./words";

const RETRY_MS = 2000;

/** One camera that is being watched. */
class Watching {
  readonly stage: Stage;
  readonly list = new AppearanceList();
  private readonly stop: () => void;

  constructor(readonly name: string) {
    this.stage = new Stage(name);
    this.stop = listen(name, {
      frame: (frame) => this.stage.take(frame),
      appearance: (one) => this.list.take([one]),
      streams: take,
      lost,
    });
    void readAppearances(name).then((events) => this.list.take(events), () => undefined);
  }

  end(): void {
    this.stop();
  }
}

let streams: Streams = { connected: true, sources: [] };
let watching: Watching | null = null;
let asking = false;

/** Each second: counts, who is here, and perhaps other cameras. */
function take(told: Streams): void {
  streams = told;
  byId("lost").hidden = true;
  const wanted = chosen();
  if (wanted === null) ask();
  else if (wanted !== watching?.name) watch(wanted);
  draw();
}

/** The camera that the address names, else the one that is watched, else the first that sends. */
function chosen(): string | null {
  const names = streams.sources.map(({ name }) => name);
  const asked = decodeURIComponent(location.hash.slice(1));
  if (names.includes(asked)) return asked;
  if (watching && names.includes(watching.name)) return watching.name;
  return (streams.sources.find(({ alive }) => alive) ?? streams.sources[0])?.name ?? null;
}

function watch(name: string): void {
  watching?.end();
  watching = new Watching(name);
}

function draw(): void {
  const source = streams.sources.find(({ name }) => name === watching?.name);
  byId("away").hidden = streams.connected;
  byId("none").hidden = !streams.connected || streams.sources.length > 0;
  byId("live").hidden = byId("past").hidden = !source;
  drawChoice();
  if (!source || !watching) return;
  byId("camera-name").textContent = source.name;
  showText(byId("asleep"), source.alive || !streams.connected ? null : say("asleep", { name: source.name }));
  showText(byId("twins"), source.twins ? say("twins", { name: source.name }) : null);
  byId("unpictured").hidden = source.picture || !source.width;
  drawPace(source);
  watching.list.here(source.present);
  watching.stage.redraw();
}

function drawChoice(): void {
  const choice = byId("cameras");
  choice.hidden = streams.sources.length < 2;
  const held = document.activeElement instanceof HTMLElement && choice.contains(document.activeElement);
  const buttons = streams.sources.map((source) => button(source));
  choice.replaceChildren(...buttons);
  if (held) buttons.find(({ ariaPressed }) => ariaPressed === "true")?.focus();
}

function button(source: Source): HTMLButtonElement {
  const made = make("button", { className: source.alive ? "alive" : "" }, source.name);
  made.setAttribute("aria-pressed", String(source.name === watching?.name));
  made.addEventListener("click", () => {
    location.hash = encodeURIComponent(source.name);
  });
  return made;
}

/** The browser connects anew by itself, unless it was refused: then a key may be needed. */
function lost(): void {
  byId("lost").hidden = false;
  ask();
}

/** Asks again in a while, and listens anew. */
function ask(): void {
  if (asking) return;
  asking = true;
  setTimeout(async () => {
    asking = false;
    try {
      const told = await readStreams();
      if (watching) watch(watching.name);
      take(told);
    } catch (error) {
      if (error instanceof Refused && error.status === 401) location.assign("/login?next=/live");
      lost();
    }
  }, RETRY_MS);
}

byId("host").textContent = location.host;
addEventListener("hashchange", () => take(streams));
speaker.begin(draw);
void readStreams().then(take, lost);
