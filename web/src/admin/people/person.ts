/** One person: what is known, when each face was enrolled and why; changing and forgetting. */

import { byId, make } from "../../page/dom";
import { ask, attempt, tried } from "../asking";
import { calendarDay, day, say } from "../words";
import { forgetting } from "./forgetting";
import { until } from "./list";
import { flawWords } from "./picture";
import { hashOf } from "./place";
import { handOver } from "./receipts";
import { changePerson, type Enrolment, forgetPerson, type OnePerson, readPerson, removeEnrolment } from "./server";

export class PersonView {
  private person: OnePerson | null = null;
  private missing = false;

  /** `gone` is called when the person was forgotten. */
  constructor(private readonly gone: () => void) {
    byId("person-change").addEventListener("click", () => this.edit(byId("person-form").hidden));
    byId("person-cancel").addEventListener("click", () => this.edit(false));
    byId("person-forget").addEventListener("click", () => void this.forget());
    byId("person-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.save();
    });
  }

  /** Asks for this person anew and shows what there is; null where nobody is enrolled by this pseudonym. */
  async load(id: string): Promise<OnePerson | null> {
    this.person = null;
    const answered = await tried(async () => {
      this.person = await readPerson(id);
    });
    this.missing = answered && !this.person;
    this.edit(false);
    this.draw();
    return this.person;
  }

  draw(): void {
    byId("person-nobody").hidden = !this.missing;
    byId("person-shown").hidden = this.person === null;
    if (!this.person) return;
    const { id, name, group, created, expires, enrolments } = this.person;
    byId("person-name").textContent = name;
    byId<HTMLAnchorElement>("person-add").href = hashOf({ view: "enrol", person: id });
    byId("person-facts").replaceChildren(
      ...fact(say("group"), group || "–"),
      ...fact(say("enrolled_on"), day(created)),
      ...fact(say("kept_until"), ...until(expires)),
    );
    byId("person-enrolments").replaceChildren(...enrolments.map((enrolment) => this.row(enrolment)));
  }

  private row(enrolment: Enrolment): HTMLElement {
    const { reference, given, by } = enrolment.consent;
    const consent = given ? say("person_consent_of", { reference, day: calendarDay(given) }) : reference;
    const remove = make("button", { type: "button", className: "quiet" }, say("person_remove"));
    remove.addEventListener("click", () => void this.remove(enrolment));
    return make(
      "tr",
      {},
      make("th", { scope: "row", className: "day" }, day(enrolment.created)),
      make("td", { className: "consent" }, by ? `${consent}, ${say("person_consent_by", { by })}` : consent),
      make("td", { className: "day" }, ...until(enrolment.expires)),
      make("td", {}, qualityWords(enrolment)),
      make("td", { className: "actions" }, remove),
    );
  }

  private edit(editing: boolean): void {
    byId("person-form").hidden = !editing;
    byId("person-change").setAttribute("aria-expanded", String(editing));
    if (!editing || !this.person) return;
    byId<HTMLInputElement>("person-rename").value = this.person.name;
    byId<HTMLInputElement>("person-group").value = this.person.group;
    byId<HTMLInputElement>("person-expires").value = this.person.expires ?? "";
    byId("person-rename").focus();
  }

  private async save(): Promise<void> {
    const person = this.person;
    if (!person) return;
    const value = (id: string): string => byId<HTMLInputElement>(id).value.trim();
    const changes = { name: value("person-rename"), group: value("person-group"), expires: value("person-expires") || null };
    await attempt(async () => {
      await changePerson(person.id, changes);
      await this.load(person.id);
      byId("person-change").focus();
    }, say("person_changed"));
  }

  private async remove(enrolment: Enrolment): Promise<void> {
    const person = this.person;
    if (!person) return;
    if (person.enrolments.length === 1) return this.forget(); // with the last face goes the person
    const question = say("person_remove_ask", { name: person.name, day: day(enrolment.created) });
    if (!(await ask(question, say("person_remove")))) return;
    await tried(async () => {
      handOver(await removeEnrolment(person.id, enrolment.id), say("person_removed"));
      await this.load(person.id);
    });
  }

  private async forget(): Promise<void> {
    const person = this.person;
    if (!person || !(await forgetting(person))) return;
    await tried(async () => {
      handOver(await forgetPerson(person.id), say("forgotten", { name: person.name }));
      this.person = null;
      this.gone();
    });
  }
}

function qualityWords({ quality }: Enrolment): string {
  return quality ? flawWords(quality.flaws) || say("flaw_none") : "–";
}

function fact(name: string, ...value: (HTMLElement | string)[]): HTMLElement[] {
  return [make("div", {}, make("dt", {}, name), make("dd", {}, ...value))];
}
