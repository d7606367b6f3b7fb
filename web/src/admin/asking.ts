/** Questions before what cannot be undone, and what came of it. */

import { byId, showText } from "../page/dom";
import { logIn, Refused } from "./server";
import { say, type Word } from "./words";

/** Refusals that the page has words for. */
const WORD_OF: Record<string, Word> = { "name-taken": "name_taken", "unknown-person": "people_nobody", forbidden: "not_allowed" };

/** Whether the reader agrees; `action` is the word on the button that does it. */
export function ask(question: string, action: string): Promise<boolean> {
  const dialog = byId<HTMLDialogElement>("ask");
  byId("ask-text").textContent = question;
  byId("ask-yes").textContent = action;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answered) => {
    dialog.addEventListener("close", () => answered(dialog.returnValue === "yes"), { once: true });
  });
}

/** Says it above the page, with what one can do about it after it. */
export function tell(sentence: string, failed = false, ...more: HTMLElement[]): void {
  const said = byId("said");
  said.className = failed ? "warning" : "notice";
  showText(said, sentence);
  said.append(...more);
  said.scrollIntoView({ block: "nearest" });
}

export function tellNothing(): void {
  showText(byId("said"), null);
}

/** Why the server refused: in the reader's language where the page has words for it, else in the server's own sentence. */
export function reasonOf(error: Refused): string {
  const word = WORD_OF[String(error.document?.reason)];
  return word ? say(word) : error.message || say("lost");
}

/** Does it; where the server refuses, says why. Whether it was done. */
export async function tried(action: () => Promise<void>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 401) logIn();
    else tell(reasonOf(error), true);
    return false;
  }
}

/** Does it and says so, or why the server refuses. */
export async function attempt(action: () => Promise<void>, done: string): Promise<void> {
  if (await tried(action)) tell(done);
}
