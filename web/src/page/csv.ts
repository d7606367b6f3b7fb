/** The batch as CSV, in the columns of `kenali predict --csv`. */

import { likeliest } from "../model/doubt";
import type { Entry } from "./entries";

/** Excel reads UTF-8 only with this mark at the start. */
const MARK = "\ufeff";

/** A cell by RFC 4180. Text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV injection"). */
export function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Six significant digits, as `%.6g` writes them but for exponents. */
export function number(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** One line a photo that was looked at; `problem` puts the code of an unusable one into words. */
export function toCsv(entries: readonly Entry[], classNames: readonly string[], problem: (code: string) => string): string {
  const header = ["path", "label", "confidence", ...classNames.map((name) => `p:${name}`), "reason", "novelty", "set", "error"];
  const lines = [header.map(cell).join(",")];
  for (const { name, state } of entries) {
    if (state.kind === "problem") {
      lines.push([cell(name), "", "", ...classNames.map(() => ""), "", "", "", cell(problem(state.code))].join(","));
    } else if (state.kind === "done") {
      const { probs, novelty, reason, candidates } = state.answer;
      const best = likeliest(probs);
      lines.push(
        [
          cell(name),
          cell(reason ? "unknown" : classNames[best]),
          number(probs[best]),
          ...Array.from(probs, number),
          reason ?? "",
          novelty === null ? "" : number(novelty),
          cell(candidates.map((j) => classNames[j]).join("|")),
          "",
        ].join(","),
      );
    }
  }
  return MARK + lines.map((line) => `${line}\r\n`).join("");
}
