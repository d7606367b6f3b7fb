/** The photos that are to be enrolled, looked at one after another as they come. */

import { announce, byId } from "../../page/dom";
import { reasonOf } from "../asking";
import { Refused } from "../server";
import { Card } from "./card";
import { detect, type Fate, type Permit } from "./server";

export class Tray {
  private readonly list = byId("enrol-photos");
  private cards: Card[] = [];
  private queue: Promise<void> = Promise.resolve();

  /** How many photos are there. */
  get size(): number {
    return this.cards.length;
  }

  add(photos: readonly File[]): void {
    for (const photo of photos) {
      const card = new Card(photo, (left) => this.leaveOut(left));
      this.cards.push(card);
      this.list.append(card.element);
      card.draw();
      this.queue = this.queue.then(() => this.inspect(card));
    }
  }

  /** The photos that are not in the gallery, those together that may be sent together. */
  get unsettled(): { permits: Permit[]; cards: Card[] }[] {
    return grouped(this.cards.filter((card) => !card.settled));
  }

  /** Writes down what became of these, in their order. */
  settle(cards: readonly Card[], fates: readonly Fate[]): void {
    cards.forEach((card, index) => {
      card.fate = fates[index] ?? null;
      card.draw();
    });
  }

  draw(): void {
    for (const card of this.cards) card.draw();
  }

  clear(): void {
    for (const card of this.cards) card.close();
    this.cards = [];
  }

  private leaveOut(card: Card): void {
    const next = this.cards[this.cards.indexOf(card) + 1] ?? null;
    this.cards = this.cards.filter((other) => other !== card);
    card.close();
    (next?.element.querySelector("button") ?? byId("enrol-choose")).focus();
  }

  private async inspect(card: Card): Promise<void> {
    if (!this.cards.includes(card)) return;
    try {
      card.look = await detect(card.photo);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      card.failed = reasonOf(error);
    }
    if (!this.cards.includes(card)) return;
    card.draw();
    announce(`${card.photo.name}: ${card.element.querySelector("p:not(.soft)")?.textContent ?? ""}`);
  }
}

/** Cards with the same permits together, in their order: the server takes permits for a whole request. */
export function grouped<C extends { permits: ReadonlySet<Permit> }>(cards: readonly C[]): { permits: Permit[]; cards: C[] }[] {
  const groups = new Map<string, { permits: Permit[]; cards: C[] }>();
  for (const card of cards) {
    const permits = [...card.permits].sort();
    const group = groups.get(permits.join()) ?? { permits, cards: [] };
    groups.set(permits.join(), group);
    group.cards.push(card);
  }
  return [...groups.values()];
}
