/** A place to drop, choose or take photos: the elements that admin.html names after `prefix`. */

import { byId } from "../../page/dom";
import { fromDrop, fromInput } from "../../page/gather";
import { hasCameras } from "../../page/lens";

export class Zone {
  constructor(prefix: string, taken: (photos: File[]) => void, camera: () => void) {
    const zone = byId(`${prefix}-zone`);
    const files = byId<HTMLInputElement>(`${prefix}-files`);
    const shot = byId<HTMLInputElement>(`${prefix}-shot`);
    byId(`${prefix}-choose`).addEventListener("click", () => files.click());
    byId(`${prefix}-camera`).addEventListener("click", () => (hasCameras() ? camera() : shot.click()));
    for (const input of [files, shot]) {
      input.addEventListener("change", () => {
        taken(fromInput(input.files ?? []).map(({ file }) => file));
        input.value = "";
      });
    }
    zone.addEventListener("dragover", () => zone.classList.add("over"));
    for (const end of ["dragleave", "drop"]) zone.addEventListener(end, () => zone.classList.remove("over"));
    zone.addEventListener("drop", async (event) => {
      if (event.dataTransfer) taken((await fromDrop(event.dataTransfer)).map(({ file }) => file));
    });
  }
}

/** Keeps the browser from showing a photo that is dropped beside a zone in place of the page. */
export function catchDrops(): void {
  for (const kind of ["dragover", "drop"] as const) {
    document.addEventListener(kind, (event) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    });
  }
}
