/** Whether `kenali serve` shows this page, and what it offers. Exported pages, which no server of ours stands behind, have no such mark. */

/** Where photos can be looked at: in this browser, or by the server. */
export type Place = "device" | "server";

export interface Served {
  /** Address of the model's API, without a slash at the end. */
  api: string;
  /** Whether the page's own model is there; otherwise the server looks at the photos. */
  device: boolean;
  /** The page's own model is being made and will be there soon. */
  making: boolean;
  /** The server stores photos of people who agree to it. */
  keeps: boolean;
}

/** What the server wrote into the page: words in the content of `<meta name="kenali-served">`. */
export function served(mark: string | null, address: URL): Served | null {
  if (mark === null) return null;
  const words = mark.split(" ");
  const name = address.pathname.replace(/\/(index\.html)?$/, "").split("/").pop() ?? "";
  return {
    api: new URL(`../../v1/models/${name}`, new URL("./", address)).href,
    device: words.includes("device"),
    making: words.includes("making"),
    keeps: words.includes("keeps"),
  };
}

/** The mark in this document. */
export function markHere(): string | null {
  return document.querySelector<HTMLMetaElement>('meta[name="kenali-served"]')?.content ?? null;
}
