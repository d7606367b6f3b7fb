/** Reading the files of `model/`, and knowing that they are the right ones. */

/** The model cannot be used; `message` is one sentence for whoever put it there. */
export class ModelError extends Error {
  override name = "ModelError";
}

/** Reads one file by name and tells how many bytes have come; null where there is no such file. */
export type ReadFile = (name: string, progress?: (done: number) => void) => Promise<Uint8Array<ArrayBuffer> | null>;

/** Files below `folder`, an absolute URL that ends in a slash. */
export function filesAt(folder: string): ReadFile {
  return async (name, progress) => {
    const response = await fetch(new URL(name, folder));
    if (response.status === 404) return null;
    if (!response.ok || !response.body) {
      throw new ModelError(`${name} cannot be loaded: the server answers ${response.status}.`);
    }
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      length += value.length;
      progress?.(length);
    }
    const whole = new Uint8Array(length);
    let offset = 0;
    for (const part of parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  };
}

/** The bytes of a file that must be there. Throws ModelError. */
export async function required(
  read: ReadFile,
  name: string,
  progress?: (done: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await read(name, progress);
  if (!bytes) throw new ModelError(`The model is incomplete: ${name} is missing.`);
  return bytes;
}

/** The JSON document in a file, null where there is none. Throws ModelError where it is no JSON. */
export async function json<T>(read: ReadFile, name: string): Promise<T | null> {
  const bytes = await read(name);
  if (!bytes) return null;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch {
    throw new ModelError(`The model is damaged: ${name} is not JSON.`);
  }
}
