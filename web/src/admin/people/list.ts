/** Who is enrolled: a page of the list, more on a button, fewer by a part of their names. */

import { byId, make, showText } from "../../page/dom";
import { tried } from "../asking";
import { nothing } from "../models";
import { calendarDay, day, distance, hasPassed, number, say, share } from "../words";
import { hashOf } from "./place";
import { type Page, type Person, readPeople, readSummary, type Summary } from "./server";

/** How long after the last letter the server is asked. */
const PAUSE_MS = 250;

export class PeopleList {
  private readonly search = byId<HTMLInputElement>("people-search");
  private summary: Summary | null = null;
  private persons: Person[] = [];
  private next: string | null = null;
  private asked = 0;
  private typing: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.search.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => void this.load(), PAUSE_MS);
    });
    byId("people-more").addEventListener("click", () => void this.more());
  }

  /** Asks anew from the beginning. */
  async load(): Promise<void> {
    await this.ask(null, (page) => (this.persons = page.persons));
  }

  /** Everybody is to be shown again. */
  everybody(): void {
    this.search.value = "";
  }

  private async more(): Promise<void> {
    const before = this.persons.length;
    await this.ask(this.next, (page) => this.persons.push(...page.persons));
    byId("people-rows").querySelectorAll("a")[before]?.focus();
  }

  /** One page; what an earlier question brings too late is not shown. */
  private async ask(after: string | null, take: (page: Page) => void): Promise<void> {
    const own = ++this.asked;
    await tried(async () => {
      const [summary, page] = await Promise.all([readSummary(), readPeople(this.search.value.trim(), after)]);
      if (own !== this.asked) return;
      this.summary = summary;
      this.next = page.next;
      take(page);
      this.draw();
    });
  }

  draw(): void {
    if (!this.summary) return;
    const { people, photos, threshold } = this.summary;
    showText(byId("people-count"), say("people_count", { n: people, photos }));
    byId("people-threshold").textContent = thresholdWords(threshold);
    byId("people-fit").hidden = threshold?.fitted ?? false;
    const search = this.search.value.trim();
    const none = search ? say("people_none_called", { search }) : say("people_none");
    byId("people-rows").replaceChildren(...(this.persons.length ? this.persons.map(row) : [nothing(none, 5)]));
    byId("people-more").hidden = this.next === null;
  }
}

/** Up to which distance a face gets a name, and where that comes from. */
function thresholdWords(threshold: Summary["threshold"]): string {
  if (!threshold) return say("people_no_threshold");
  if (!threshold.fitted) return say("people_usual", { distance: distance(threshold.distance) });
  const { wished, far, date } = threshold;
  const measured = { value: share(far.value), low: share(far.low), high: share(far.high) };
  return say("people_fitted", { distance: distance(threshold.distance), day: day(date), far: share(wished), ...measured });
}

function row(person: Person): HTMLElement {
  const link = make("a", { href: hashOf({ view: "person", person: person.id }) }, person.name);
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, link),
    make("td", {}, person.group || "–"),
    make("td", { className: "n" }, number(person.photos)),
    make("td", { className: "day" }, day(person.created)),
    make("td", { className: "day" }, ...until(person.expires)),
  );
}

/** Until which day something is kept, and whether that has passed. */
export function until(expires: string | null): (HTMLElement | string)[] {
  if (expires === null) return [say("no_end")];
  if (!hasPassed(expires)) return [calendarDay(expires)];
  return [`${calendarDay(expires)} `, make("span", { className: "badge past" }, say("past_its_day"))];
}
