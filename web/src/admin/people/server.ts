/** What the server knows of people, and what it is asked to do, over `/v1/faces`. */

import { Refused, request } from "../server";

/** Left, top, right, bottom in pixels of the upright photo. */
export type Box = [number, number, number, number];
export type Flaw = "small" | "blurred" | "dark" | "bright" | "turned";

/** `threshold` is null where nothing is known of the networks' distances. */
export interface Summary {
  people: number;
  photos: number;
  threshold: Threshold | null;
}

/**
 * Up to which distance a face gets a name.
 *
 * Where it was fitted to this gallery: `wished` is the share of other people's faces that may come near enough, `far` what was
 * measured with its 95 % interval, `date` when.
 */
export type Threshold = { distance: number } & (
  | { fitted: false }
  | { fitted: true; wished: number; far: { value: number; low: number; high: number }; date: string }
);

/** Days are written 2030-01-31, times with an offset. */
export interface Person {
  id: string;
  name: string;
  group: string;
  photos: number;
  created: string;
  expires: string | null;
}

export interface Enrolment {
  id: string;
  created: string;
  expires: string | null;
  consent: { reference: string; given: string | null; by: string };
  quality: { flaws: Flaw[] } | null;
}

export type OnePerson = Person & { enrolments: Enrolment[] };

export interface Page {
  persons: Person[];
  next: string | null;
}

export interface SeenFace {
  box: Box;
  quality: { flaws: Flaw[] };
}

/** Why a file was no photo that can be used. */
export interface Unusable {
  error: { reason: string; detail: string };
}

/** A photo's faces and its upright size in pixels; none where it was no photo. */
export interface SeenPhoto<F = SeenFace> extends Partial<Unusable> {
  width: number;
  height: number;
  faces: F[];
}

export interface NamedFace extends SeenFace {
  name: string;
  person: string | null;
  distance: number | null;
}

/** What became of a photo: `reason` is a stable code for what was refused, `alike` whom the face resembles. */
export interface Fate {
  fate: "enrolled" | "repeated" | "refused";
  reason?: string | null;
  detail?: string | null;
  alike?: { id: string; name: string } | null;
}

export interface Terms {
  name: string;
  group: string;
  consent: string;
  consent_date: string;
  consent_by: string;
  expires: string;
}

/** What to accept that would be refused. */
export type Permit = "largest" | "accept_flaws" | "force";

export interface Receipt {
  person: string;
  whole: boolean;
  enrolments: string[];
  exports_missing: number;
  file_rewritten: boolean | null;
}

export interface Verdict {
  holds: boolean;
  signed: boolean;
  ours: boolean;
}

/** People a request for the list brings. */
const PAGE = 50;
const FACES = "/v1/faces";

export const readSummary = (): Promise<Summary> => json(FACES);

/** A person by pseudonym; null where nobody has it. */
export async function readPerson(id: string): Promise<OnePerson | null> {
  try {
    return await json(personAt(id));
  } catch (error) {
    if (error instanceof Refused && (error.status === 404 || error.status === 422)) return null;
    throw error;
  }
}

/** The people whose name holds `search`, by name, from where an earlier page ended. A name goes in the body: addresses end up in logs. */
export function readPeople(search: string, after: string | null): Promise<Page> {
  if (search) return json(`${FACES}/persons/search`, "POST", JSON.stringify({ name: search, after, limit: PAGE }));
  const asked = new URLSearchParams({ limit: String(PAGE) });
  if (after !== null) asked.set("after", after);
  return json(`${FACES}/persons?${asked}`);
}

export async function changePerson(id: string, changes: { name: string; group: string; expires: string | null }): Promise<void> {
  await json(personAt(id), "PATCH", JSON.stringify(changes));
}

export const forgetPerson = (id: string): Promise<Receipt> => json(personAt(id), "DELETE");

export function removeEnrolment(id: string, enrolment: string): Promise<Receipt> {
  return json(`${personAt(id)}/enrolments/${encodeURIComponent(enrolment)}`, "DELETE");
}

export const checkReceipt = (document: string): Promise<Verdict> => json(`${FACES}/receipts`, "POST", document);

export async function detect(photo: File): Promise<SeenPhoto> {
  return looked<SeenFace>("detect", photo);
}

export async function identify(photo: File): Promise<SeenPhoto<NamedFace>> {
  return looked<NamedFace>("identify", photo);
}

/**
 * Enrols the faces of photos: as a new person, or as more of the one with this id.
 *
 * The fates are in the photos' order; `person` is null where none could be enrolled of somebody new.
 */
export async function enrol(id: string | null, terms: Terms, permits: Iterable<Permit>, photos: readonly File[]): Promise<Enrolling> {
  const form = new FormData();
  for (const [field, value] of Object.entries(terms)) if (value && !(id && (field === "name" || field === "group"))) form.set(field, value);
  for (const permit of permits) form.set(permit, "true");
  for (const photo of photos) form.append("photos", photo, photo.name);
  try {
    const { person, photos: fates } = await json<{ person: Person; photos: Fate[] }>(id ? `${personAt(id)}/enrolments` : `${FACES}/persons`, "POST", form);
    return { person, fates };
  } catch (error) {
    return { person: null, fates: photosRefused(error).map((one) => ({ fate: "refused", ...one })) };
  }
}

export interface Enrolling {
  person: Person | null;
  fates: Fate[];
}

async function looked<F>(how: "detect" | "identify", photo: File): Promise<SeenPhoto<F>> {
  const form = new FormData();
  form.append("photos", photo, photo.name);
  try {
    const [answer] = (await json<{ photos: (SeenPhoto<F> | Unusable)[] }>(`${FACES}/${how}`, "POST", form)).photos;
    return "faces" in answer ? answer : { width: 0, height: 0, faces: [], ...answer };
  } catch (error) {
    return { width: 0, height: 0, faces: [], error: photosRefused(error)[0] };
  }
}

/** What a refusal says of each photo; thrown on where it is about something else. */
function photosRefused(error: unknown): (Unusable["error"] & Pick<Fate, "alike">)[] {
  const errors = error instanceof Refused ? error.document?.errors : null;
  if (!Array.isArray(errors) || !errors.length) throw error;
  return errors;
}

async function json<T>(path: string, method = "GET", body: string | FormData | null = null): Promise<T> {
  const headers: Record<string, string> = typeof body === "string" ? { "Content-Type": "application/json" } : {};
  return (await request(path, { method, body, headers })).json();
}

const personAt = (id: string): string => `${FACES}/persons/${encodeURIComponent(id)}`;
