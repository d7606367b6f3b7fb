/** Why a photo cannot be used, in plain words. The codes are those of the ledger. */

import { say, type Word } from "./words";

const WORD_OF: Record<string, Word> = {
  "empty-file": "problem_empty",
  corrupt: "problem_corrupt",
  truncated: "problem_truncated",
  animated: "problem_animated",
  "too-many-pixels": "problem_pixels",
  "too-large": "problem_large",
  "unsupported-format": "problem_format",
  "not-an-image": "problem_not_image",
  "too-many-bytes": "problem_large",
  "server-away": "problem_away",
  "server-locked": "problem_locked",
};

/** One sentence in the language of the page. */
export function problemWords(code: string): string {
  return say(WORD_OF[code] ?? "problem_other");
}
