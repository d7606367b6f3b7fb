/** Receipts of erasures: handed to the reader, and checked. */

import { byId, download, make, showText } from "../../page/dom";
import { tell } from "../asking";
import { Refused } from "../server";
import { say, type Word } from "../words";
import { checkReceipt, type Receipt, type Verdict } from "./server";

/** Says what was erased, downloads the receipt, and what the reader must still see to. */
export function handOver(receipt: Receipt, done: string): void {
  const save = (): void => download(fileName(receipt), new Blob([`${JSON.stringify(receipt, null, 1)}\n`], { type: "application/json" }));
  const again = make("button", { type: "button", className: "quiet" }, say("receipt_again"));
  again.addEventListener("click", save);
  save();
  const left: string[] = [];
  if (receipt.file_rewritten === false) left.push(say("forget_open_log"));
  if (receipt.exports_missing) left.push(say("forget_exports", { n: receipt.exports_missing }));
  tell([done, ...left].join(" "), left.length > 0, again);
}

/** As `kenali faces forget` names it: after the pseudonym, and the face where it was not the whole person. */
export function fileName({ person, whole, enrolments }: Receipt): string {
  return `erasure-${person}${whole || !enrolments.length ? "" : `-${enrolments[0].slice(0, 8)}`}.json`;
}

export class ReceiptCheck {
  private word: Word | null = null;
  private holds = false;

  constructor() {
    const file = byId<HTMLInputElement>("receipt-file");
    file.addEventListener("change", async () => {
      const chosen = file.files?.[0];
      if (!chosen) return;
      await this.check(await chosen.text());
      file.value = "";
    });
  }

  /** Takes back what was said of an earlier file. */
  clear(): void {
    this.word = null;
    this.draw();
  }

  draw(): void {
    const said = byId("receipt-said");
    said.className = this.holds ? "notice" : "warning";
    showText(said, this.word && say(this.word));
  }

  private async check(text: string): Promise<void> {
    this.holds = false;
    try {
      const verdict = isJson(text) ? await checkReceipt(text) : null;
      this.holds = verdict?.holds ?? false;
      this.word = wordFor(verdict);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 0) tell(say("lost"), true);
      this.word = error.status === 0 ? null : "receipt_none";
    }
    this.draw();
  }
}

/** What a verdict means; null is that of a file that is no receipt. */
export function wordFor(verdict: Verdict | null): Word {
  if (!verdict) return "receipt_none";
  if (verdict.holds) return "receipt_holds";
  return !verdict.signed ? "receipt_altered" : !verdict.ours ? "receipt_not_ours" : "receipt_remains";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
