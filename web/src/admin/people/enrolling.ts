/** Enrolling: somebody new, or more photos of one who is there. */

import { byId } from "../../page/dom";
import { tell, tellNothing, tried } from "../asking";
import { say } from "../words";
import type { Camera } from "./camera";
import { hashOf } from "./place";
import { enrol, type OnePerson, type Person, type Terms } from "./server";
import { Tray } from "./tray";
import { Zone } from "./zone";

const FIELDS = { name: "enrol-name", group: "enrol-group", consent: "enrol-consent", consent_date: "enrol-consent-date", consent_by: "enrol-consent-by", expires: "enrol-expires" };

export class EnrolView {
  private readonly tray = new Tray();
  private person: Pick<Person, "id" | "name"> | null = null;

  /** `done` is told whom everything was enrolled of. */
  constructor(
    camera: Camera,
    private readonly done: (person: Pick<Person, "id">) => void,
  ) {
    new Zone("enrol", (photos) => this.tray.add(photos), () => camera.open((photo) => this.tray.add([photo]), true));
    byId("enrol-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
  }

  /** Shows the form, empty unless it was for this person before: nothing of another's is carried over. */
  show(person: OnePerson | null): void {
    if (person?.id !== this.person?.id) this.empty();
    this.person = person;
    this.draw();
  }

  draw(): void {
    byId("enrol-title").textContent = this.person ? say("enrol_more", { name: this.person.name }) : say("people_enrol");
    const back = byId<HTMLAnchorElement>("enrol-back");
    back.textContent = this.person?.name ?? say("people_back");
    back.href = hashOf(this.person ? { view: "person", person: this.person.id } : { view: "list" });
    for (const field of document.querySelectorAll<HTMLElement>("#enrol .for-new")) field.hidden = this.person !== null;
    byId<HTMLInputElement>(FIELDS.name).required = this.person === null;
    this.tray.draw();
  }

  private empty(): void {
    this.tray.clear();
    byId<HTMLFormElement>("enrol-form").reset();
  }

  /** Sends what is not enrolled yet: one request for all photos that need the same permits. */
  private async send(): Promise<void> {
    if (!this.tray.size) {
      tell(say("enrol_no_photo"), true);
      return;
    }
    tellNothing();
    this.busy(true);
    const terms = Object.fromEntries(Object.entries(FIELDS).map(([field, id]) => [field, byId<HTMLInputElement>(id).value.trim()])) as unknown as Terms;
    let added = 0;
    const sent = await tried(async () => {
      for (const { permits, cards } of this.tray.unsettled) {
        const { person, fates } = await enrol(this.person?.id ?? null, terms, permits, cards.map(({ photo }) => photo));
        this.tray.settle(cards, fates);
        this.person = person ?? this.person; // whom the other photos are of too
        added += fates.filter(({ fate }) => fate === "enrolled").length;
      }
    });
    this.busy(false);
    if (sent) this.tellWhatCame(this.person?.name ?? terms.name, added);
    if (this.person) this.goOn(this.person);
  }

  private tellWhatCame(name: string, n: number): void {
    const left = this.tray.unsettled.length > 0;
    if (left) tell(say(n ? "enrol_some" : "enrol_no_face", { name, n }), true);
    else if (n) tell(say("enrol_done", { name, n }));
  }

  /** To the person where all is done, else to the same form for this person's other photos. */
  private goOn(person: Pick<Person, "id" | "name">): void {
    const inSight = !byId("enrol").hidden;
    if (this.tray.unsettled.length) {
      if (inSight) history.replaceState(null, "", hashOf({ view: "enrol", person: person.id }));
      this.draw();
      return;
    }
    this.person = null;
    this.empty();
    if (inSight) this.done(person);
  }

  private busy(busy: boolean): void {
    byId<HTMLButtonElement>("enrol-send").disabled = busy;
    byId("enrol-progress").hidden = !busy;
  }
}
