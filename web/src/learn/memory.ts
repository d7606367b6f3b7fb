/** What was learned from, kept in the browser's own database: features, 16 x 16 brightnesses and class names, never the photos. */

/** A photo that the user added. */
export interface Remembered {
  className: string;
  features: Float32Array;
  /** See `lookOf`: what tells that two photos show all but the same. */
  look: Float32Array;
  /** SHA-256 of the photo's file, null for a frame of a video. */
  sha256: string | null;
}

/** How many photos of each class there are. */
export function countsOf(photos: Remembered[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { className } of photos) counts.set(className, (counts.get(className) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** Keeps what was added to one exported model between visits. */
export interface Memory {
  load(): Promise<Map<string, Remembered>>;
  put(key: string, photo: Remembered): Promise<void>;
  remove(key: string): Promise<void>;
}

const DATABASE = "kenali";
const STORE = "learned";

/** A memory in IndexedDB, under the model's checksum. Where the browser has none, or refuses, nothing is kept: the page must
 * work all the same. */
export function browserMemory(model: string): Memory {
  const own = () => IDBKeyRange.bound([model], [model, []]); // an array comes after every text
  return {
    async load() {
      const keys = (await request<[string, string][]>("readonly", (store) => store.getAllKeys(own()))) ?? [];
      const photos = (await request<Remembered[]>("readonly", (store) => store.getAll(own()))) ?? [];
      return new Map(photos.map((photo, n) => [keys[n][1], photo]));
    },
    async put(key, photo) {
      await request("readwrite", (store) => store.put(photo, [model, key]));
    },
    async remove(key) {
      await request("readwrite", (store) => store.delete([model, key]));
    },
  };
}

async function request<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<T | undefined> {
  try {
    const database = await settled(opened());
    try {
      return (await settled(ask(database.transaction(STORE, mode).objectStore(STORE)))) as T;
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

function opened(): IDBOpenDBRequest {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  return opening;
}

function settled<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("IndexedDB failed"));
  });
}
