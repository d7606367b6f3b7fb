/** The keys: whose they are, what they may, and their end. */

import { byId, make } from "../page/dom";
import { ask, attempt } from "./asking";
import { nothing } from "./models";
import { type Key, revokeKey } from "./server";
import { day, say, type Word } from "./words";

export class KeyTable {
  list: { keys: Key[]; own: string } = { keys: [], own: "" };
  private drawn = "";

  constructor(private readonly changed: () => Promise<void>) {}

  draw(): void {
    const state = JSON.stringify([this.list, document.documentElement.lang]);
    if (state === this.drawn) return;
    this.drawn = state;
    const rows = this.list.keys.map((key) => this.row(key));
    byId("keys").replaceChildren(...(rows.length ? rows : [nothing(say("no_keys"), 6)]));
  }

  private row(key: Key): HTMLElement {
    const fate = key.revoked ? "revoked" : key.expires && Date.parse(key.expires) <= Date.now() ? "expired" : null;
    const scopes = key.scopes.includes("admin") ? ["admin"] : key.scopes;
    return make(
      "tr",
      { className: fate ? "over" : "" },
      make("th", { scope: "row" }, key.name),
      make("td", {}, make("code", {}, `…${key.last4}`)),
      make("td", { className: "may" }, scopes.map((scope) => say(`may_${scope}` as Word)).join(", ")),
      make("td", { className: "n day" }, key.rate === null ? say("rate_usual") : say("rate_of", { n: key.rate })),
      make("td", { className: "day" }, day(key.created)),
      make("td", { className: "actions" }, fate ? say(fate) : key.id === this.list.own ? say("yours") : this.revokeButton(key)),
    );
  }

  private revokeButton(key: Key): HTMLElement {
    const button = make("button", { type: "button", className: "quiet" }, say("revoke"));
    button.addEventListener("click", async () => {
      if (!(await ask(say("revoke_ask", { name: key.name }), say("revoke")))) return;
      await attempt(() => revokeKey(key.id), say("was_revoked", { name: key.name }));
      await this.changed();
    });
    return button;
  }
}
