/** The switch of a served page: photos are looked at on this device or on the server, and what that means for them. */

import { byId } from "./dom";
import type { Place, Served } from "./served";
import type { Server } from "./server";
import { setWord } from "./words";

export class PlaceView {
  now: Place;
  private readonly choices = [...document.querySelectorAll<HTMLInputElement>("#place input[name=place]")];

  /** `move` brings the photos to the other place; it answers false where the reader decides against it. */
  constructor(
    private readonly served: Served | null,
    server: Server | null,
    move: (place: Place) => boolean,
  ) {
    this.now = served && !served.device ? "server" : "device";
    for (const choice of this.choices) {
      choice.addEventListener("change", () => {
        const chosen = choice.value as Place;
        const before = this.now;
        this.now = chosen;
        if (!move(chosen)) this.now = before;
        this.draw();
      });
    }
    const keep = byId<HTMLInputElement>("keep-photos");
    keep.addEventListener("change", () => {
      if (server) server.keep = keep.checked;
    });
    this.draw();
  }

  private draw(): void {
    const { served, now } = this;
    const onServer = now === "server";
    byId("place").hidden = !served;
    for (const choice of this.choices) {
      choice.checked = choice.value === now;
      choice.disabled = choice.value === "device" && !served?.device;
    }
    byId("keep").hidden = !onServer || !served?.keeps;
    byId("offline").hidden = onServer;
    setWord(byId("private"), onServer ? "private_server" : "private");
    setWord(byId("made"), onServer ? "footer_server" : "footer");
    document.body.dataset.place = now;
  }
}
