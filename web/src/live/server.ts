/** What the server tells of streams, once and as it happens. */

export interface Sighting {
  /** What it is by the vote of the last frames, and what this frame alone says. */
  label: string;
  frame_label: string;
  confidence: number | null;
  distance: number | null;
  /** x, y, width and height as shares of the picture; null for the whole. */
  box: [number, number, number, number] | null;
  track: number | null;
  person: string | null;
}

export interface Frame {
  source: string;
  session: string;
  sequence: number;
  width: number;
  height: number;
  error: string | null;
  /** Whether the camera's newest picture is this frame's. */
  picture: boolean;
  sightings: Sighting[];
}

export interface Appearance {
  id: string;
  source: string;
  label: string;
  person: string | null;
  first_seen: string;
  last_seen: string;
  seconds: number;
  frames: number;
  present: boolean;
}

export interface Source {
  name: string;
  alive: boolean;
  policy: string | null;
  twins: boolean;
  frames_per_second: number;
  latency_ms: { median: number | null; p99: number | null };
  counts: Record<"received" | "answered" | "dropped" | "skipped" | "quarantined" | "lost" | "in_flight", number>;
  width: number | null;
  height: number | null;
  picture: boolean;
  present: Appearance[];
}

export interface Streams {
  connected: boolean;
  sources: Source[];
}

/** The newest picture of a camera. `frame` is SESSION/SEQUENCE. */
export interface Picture {
  frame: string;
  bitmap: ImageBitmap;
}

export class Refused extends Error {
  constructor(readonly status: number) {
    super(`HTTP ${status}`);
  }
}

const address = (source: string): string => `/v1/streams/${encodeURIComponent(source)}`;

export async function readStreams(): Promise<Streams> {
  return (await ask("/v1/streams")).json();
}

export async function readAppearances(source: string): Promise<Appearance[]> {
  return (await (await ask(`${address(source)}/events`)).json()).events;
}

/** The newest picture, null where there is none. */
export async function readPicture(source: string): Promise<Picture | null> {
  const answer = await fetch(`${address(source)}/picture.jpg`);
  if (!answer.ok) return null;
  return { frame: answer.headers.get("Kenali-Frame") ?? "", bitmap: await createImageBitmap(await answer.blob()) };
}

/** Listens to a camera; the function that ends it. */
export function listen(
  source: string,
  heard: { frame(frame: Frame): void; appearance(one: Appearance): void; streams(streams: Streams): void; lost(): void },
): () => void {
  const events = new EventSource(`/v1/streams/live?source=${encodeURIComponent(source)}`);
  const told = (name: string, take: (document: never) => void): void =>
    events.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data) as never));
  told("frame", heard.frame);
  told("appearance", heard.appearance);
  told("streams", heard.streams);
  events.addEventListener("error", heard.lost);
  return () => events.close();
}

async function ask(path: string): Promise<Response> {
  const answer = await fetch(path, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) throw new Refused(answer?.status ?? 0);
  return answer;
}
