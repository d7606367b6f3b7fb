/** Photos from what people drop, paste and choose: folders at any depth, in the order of their names. */

export interface Found {
  name: string;
  file: File;
}

const PICTURE = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?|ppm|pgm|heic|heif|avif)$/i;

/** Files of a folder that are no photos by their name (Thumbs.db, notes.txt) are left out, hidden ones too. */
export function looksLikePhoto(file: { name: string; type: string }): boolean {
  return !file.name.startsWith(".") && (file.type.startsWith("image/") || PICTURE.test(file.name));
}

/** The chosen files. Those of a chosen folder bear their path, and what is no photo among them is left out. */
export function fromInput(files: Iterable<File>): Found[] {
  const found = Array.from(files, (file) => ({ name: file.webkitRelativePath || file.name, file }));
  return byName(found.filter(({ name, file }) => name === file.name || looksLikePhoto(file)));
}

/** What was dropped. The handles of folders must be taken before the first `await`: the browser then forgets them. */
export async function fromDrop(data: DataTransfer): Promise<Found[]> {
  const entries: FileSystemEntry[] = [];
  const plain: Found[] = [];
  for (const item of data.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry?.() ?? null;
    const file = entry ? null : item.getAsFile();
    if (entry) entries.push(entry);
    else if (file) plain.push({ name: file.name, file });
  }
  for (const entry of entries) await walk(entry, entry.isFile, plain);
  return byName(plain);
}

/** Pictures on the clipboard. */
export function fromPaste(data: DataTransfer | null): Found[] {
  const files = Array.from(data?.files ?? []);
  return files.filter(looksLikePhoto).map((file) => ({ name: file.name, file }));
}

async function walk(entry: FileSystemEntry, wanted: boolean, found: Found[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)).catch(
      () => null,
    );
    if (file && (wanted || looksLikePhoto(file))) found.push({ name: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives at most a hundred entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return;
    for (const each of some) await walk(each, false, found);
  }
}

function byName(found: Found[]): Found[] {
  const order = new Intl.Collator(undefined, { numeric: true });
  return found.sort((a, b) => order.compare(a.name, b.name));
}
