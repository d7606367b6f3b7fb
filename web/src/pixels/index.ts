/** One preprocessing: from an image file to the pixels a network sees, as Python does it. */

export { decode, decodeFrame, MAX_BYTES, MAX_PIXELS, type DecodedPhoto } from "./decode";
export { draftSide, preprocess, seenWindow } from "./preprocess";
export { PhotoError, type Code } from "./problem";
