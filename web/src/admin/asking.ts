/** Questions before what cannot be undone, and what came of it. */

import { byId, showText } from "../page/dom";
import { Refused } from "./server";
import { say } from "./words";

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

export function tell(sentence: string, failed = false): void {
  const said = byId("said");
  said.className = failed ? "warning" : "notice";
  showText(said, sentence);
  said.scrollIntoView({ block: "nearest" });
}

/** Does it and says so; the server's own sentence where it refuses. */
export async function attempt(action: () => Promise<void>, done: string): Promise<void> {
  try {
    await action();
    tell(done);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(error.message || say("lost"), true);
  }
}
