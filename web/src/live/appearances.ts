/** Who or what is here, and was: one line an appearance. */

import { byId, make } from "../page/dom";
import type { Appearance } from "./server";
import { called, length, number, say, timeOf } from "./words";

const KEPT = 200;

export class AppearanceList {
  private known = new Map<string, Appearance>();
  private present: readonly Appearance[] = [];

  constructor() {
    byId<HTMLInputElement>("strangers").onchange = () => this.draw();
  }

  /** Takes appearances as they are now, in place of what was known of them. */
  take(appearances: readonly Appearance[]): void {
    for (const one of appearances) this.known.set(one.id, one);
    const rows = this.sorted();
    for (const old of rows.slice(KEPT)) this.known.delete(old.id);
    this.draw();
  }

  /** Takes all that is here now. */
  here(present: readonly Appearance[]): void {
    const unknown = ({ label }: Appearance): number => Number(label === "unknown");
    this.present = [...present].sort((one, other) => unknown(one) - unknown(other));
    this.take(present);
  }

  draw(): void {
    const here = this.present.map((one) => {
      const since = say("since", { time: timeOf(one.first_seen), length: length(one.seconds) });
      return make("li", { className: kind(one) }, make("b", {}, called(one.label, one.person)), make("span", { className: "soft" }, since));
    });
    byId("here").replaceChildren(...(here.length ? here : [make("li", { className: "soft" }, say("nobody_here"))]));
    const all = this.sorted();
    const named = all.filter(({ label }) => label !== "unknown");
    byId("strangers-word").textContent = say("strangers_too", { n: all.length - named.length });
    const rows = (byId<HTMLInputElement>("strangers").checked ? all : named).map((one) =>
      make(
        "tr",
        { className: kind(one), dataset: { label: one.label } },
        make("th", { scope: "row" }, called(one.label, one.person)),
        make("td", { className: "day" }, timeOf(one.first_seen)),
        make("td", { className: "day" }, one.present ? say("still_here") : timeOf(one.last_seen)),
        make("td", { className: "n" }, length(one.seconds)),
        make("td", { className: "n" }, number(one.frames)),
      ),
    );
    const none = make("tr", {}, make("td", { className: "soft", colSpan: 5 }, say("none_yet")));
    byId("appearances").replaceChildren(...(rows.length ? rows : [none]));
  }

  private sorted(): Appearance[] {
    return [...this.known.values()].sort((one, other) => (one.first_seen < other.first_seen ? 1 : -1));
  }
}

function kind(one: Appearance): string {
  return [one.label === "unknown" ? "unknown" : "", one.present ? "present" : ""].join(" ").trim();
}
