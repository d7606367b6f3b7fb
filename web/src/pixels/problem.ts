/** Photos that cannot be used, with the ledger's codes and Python's sentences. */

import type { PhotoProblem } from "../types";

export type Code =
  | "empty-file"
  | "too-large"
  | "too-many-pixels"
  | "animated"
  | "truncated"
  | "corrupt"
  | "unsupported-format"
  | "not-an-image";

export class PhotoError extends Error {
  override name = "PhotoError";

  constructor(
    readonly code: Code,
    readonly detail: string,
  ) {
    super(detail);
  }

  get problem(): PhotoProblem {
    return { code: this.code, detail: this.detail };
  }
}

export const damagedHeader = () => new PhotoError("corrupt", "the file begins like an image, but its header is damaged");
export const truncated = () => new PhotoError("truncated", "the file ends before the image does");
