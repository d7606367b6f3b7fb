/** The question before somebody is forgotten: yes only once the name was typed. */

import { byId } from "../../page/dom";
import { say } from "../words";
import type { Person } from "./server";

/** Whether the reader typed the name and agreed. */
export function forgetting({ name, photos }: Pick<Person, "name" | "photos">): Promise<boolean> {
  const dialog = byId<HTMLDialogElement>("forget");
  const typed = byId<HTMLInputElement>("forget-name");
  const yes = byId<HTMLButtonElement>("forget-yes");
  byId("forget-title").textContent = say("forget_ask", { name });
  byId("forget-what").textContent = say("forget_what", { n: photos });
  typed.value = "";
  yes.disabled = true;
  typed.oninput = () => (yes.disabled = !sameName(typed.value, name));
  byId("forget-no").onclick = () => dialog.close("no");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answered) => {
    dialog.addEventListener("close", () => answered(dialog.returnValue === "yes"), { once: true });
  });
}

/** Whether two names are one, as the gallery has it: composed forms, single spaces, whatever the case. */
export function sameName(one: string, other: string): boolean {
  const tidy = (name: string): string => name.normalize("NFC").trim().replace(/\s+/g, " ").toLowerCase();
  return tidy(one) === tidy(other);
}
