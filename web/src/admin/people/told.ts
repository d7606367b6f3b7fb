/** In words: what a photo shows, what became of it, and what one may allow so that it is taken all the same. */

import { say, type Word } from "../words";
import { flawWords, largest } from "./picture";
import type { Fate, Permit, SeenPhoto } from "./server";

export interface Told {
  text: string;
  /** Whether it is as one wishes; null while that is not known. */
  good: boolean | null;
  /** What the reader may allow. */
  offers: Permit[];
}

export const PERMIT_WORDS: Record<Permit, Word> = {
  largest: "photo_take_largest",
  accept_flaws: "photo_take_poor",
  force: "photo_take_alike",
};

const UNUSABLE: [Word, readonly string[]][] = [
  ["fate_not_image", ["not-an-image", "unsupported-format", "animated"]],
  ["fate_too_large", ["too-many-bytes", "too-many-pixels", "too-large", "too-much-memory"]],
  ["fate_damaged", ["corrupt", "truncated", "empty-file", "unreadable", "decode-timeout", "decoder-died"]],
];

/** What the server found in a photo, of which `permits` are allowed; null while it is being looked at. */
export function lookWords(look: SeenPhoto | null, permits: ReadonlySet<Permit> = new Set()): Told {
  if (!look) return told("photo_looking", null);
  if (look.error) return { text: unusable(look.error.reason, look.error.detail), good: false, offers: [] };
  const n = look.faces.length;
  if (!n) return told("photo_no_face", false);
  const several: Permit[] = n > 1 ? ["largest"] : [];
  if (n > 1 && !permits.has("largest")) return { text: say("photo_several", { n }), good: false, offers: several };
  const { flaws } = look.faces[largest(look.faces)].quality;
  if (!flaws.length) return { text: say(n > 1 ? "photo_largest" : "photo_one", { n }), good: true, offers: several };
  const text = say(n > 1 ? "photo_poor_largest" : "photo_poor", { n, flaws: flawWords(flaws) });
  return { text, good: permits.has("accept_flaws"), offers: [...several, "accept_flaws"] };
}

/** What became of a photo that was sent, in which `look` was found. */
export function fateWords({ fate, reason, detail, alike }: Fate, look: Told): Told {
  if (fate === "enrolled") return told("fate_enrolled", true);
  if (fate === "repeated") return told("fate_repeated", true);
  switch (reason) {
    case "no-face":
      return told("photo_no_face", false);
    case "several-faces":
    case "flawed":
      return { text: `${say("fate_refused")} ${look.text}`, good: false, offers: [reason === "flawed" ? "accept_flaws" : "largest"] };
    case "looks-like-another": {
      const text = alike ? say("fate_alike", { name: alike.name }) : say("fate_alike_somebody");
      return { text, good: false, offers: ["force"] };
    }
    default:
      return { text: unusable(reason ?? "", detail ?? ""), good: false, offers: [] };
  }
}

function told(word: Word, good: boolean | null, ...offers: Permit[]): Told {
  return { text: say(word), good, offers };
}

function unusable(reason: string, detail: string): string {
  const known = UNUSABLE.find(([, reasons]) => reasons.includes(reason));
  return known ? say(known[0]) : say("fate_other", { detail });
}
