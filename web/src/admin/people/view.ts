/** The admin page's second view, where the server has a gallery: people, and whom faces belong to. */

import { byId } from "../../page/dom";
import { tellNothing } from "../asking";
import { Camera } from "./camera";
import { EnrolView } from "./enrolling";
import { PeopleList } from "./list";
import { PersonView } from "./person";
import { hashOf, type Place, placeOf } from "./place";
import { ReceiptCheck } from "./receipts";
import { WhoView } from "./who";
import { catchDrops } from "./zone";

/** The element that shows each place, and the heading that gets the focus there. */
const SHOWN = {
  list: ["people-list", "people-title"],
  person: ["person", "person-name"],
  enrol: ["enrol", "enrol-title"],
  who: ["who", "who-title"],
} as const;

export class PeopleView {
  private readonly camera = new Camera();
  private readonly list = new PeopleList();
  private readonly receipts = new ReceiptCheck();
  private readonly who = new WhoView(this.camera);
  private readonly person = new PersonView(() => {
    this.list.everybody();
    go({ view: "list" });
  });
  private readonly enrol = new EnrolView(this.camera, ({ id }) => go({ view: "person", person: id }));
  private place: Place = { view: "server" };
  private begun = false;
  private alone = false;

  /** `moved` is called when another view is in sight. */
  constructor(private readonly moved: () => void) {}

  /** Offers the view from now on, `alone` in place of the server's, and goes where the address says. */
  begin({ alone }: { alone: boolean }): void {
    if (this.begun) return;
    this.begun = true;
    this.alone = alone;
    byId("views").hidden = alone;
    catchDrops();
    addEventListener("hashchange", () => void this.follow());
    void this.follow();
  }

  draw(): void {
    for (const part of [this.camera, this.list, this.receipts, this.who, this.person, this.enrol]) part.draw();
  }

  /** Shows the place of the address. What was said before stays only where the page itself went on. */
  private async follow(): Promise<void> {
    const asked = placeOf(location.hash);
    if (!asked) return;
    const place: Place = this.alone && asked.view === "server" ? { view: "list" } : asked;
    if (!went) tellNothing();
    went = false;
    this.receipts.clear();
    if (this.place.view === "who" && place.view !== "who") this.who.clear();
    this.place = place;
    const person = await this.load(place);
    if (this.place !== place) return; // the reader has gone on meanwhile
    if (place.view === "enrol") this.enrol.show(person);
    const missing = place.view === "enrol" && place.person !== null && !person;
    this.show(missing ? "person" : place.view);
  }

  /** What a place needs from the server: the list, or the person who is shown or gets more photos. */
  private async load(place: Place): Promise<Awaited<ReturnType<PersonView["load"]>>> {
    if (place.view === "list") await this.list.load();
    return (place.view === "person" || place.view === "enrol") && place.person !== null ? this.person.load(place.person) : null;
  }

  private show(view: Place["view"]): void {
    byId("view-server").hidden = view !== "server";
    byId("view-people").hidden = view === "server";
    for (const [name, [element]] of Object.entries(SHOWN)) byId(element).hidden = name !== view;
    for (const link of byId("views").querySelectorAll("a")) {
      if ((link.dataset.view === "server") === (view === "server")) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (view !== "server") byId(SHOWN[view][1]).focus({ preventScroll: true });
    this.moved();
    scrollTo({ top: 0, behavior: "instant" });
  }
}

/** Whether the page itself went to the place that is next. */
let went = false;

function go(place: Place): void {
  went = true;
  location.hash = hashOf(place);
}
