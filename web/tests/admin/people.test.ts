import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";

import { reasonOf } from "../../src/admin/asking";
import { sameName } from "../../src/admin/people/forgetting";
import { largest, placeIn } from "../../src/admin/people/picture";
import { hashOf, placeOf } from "../../src/admin/people/place";
import { fileName, wordFor } from "../../src/admin/people/receipts";
import { checkReceipt, detect, enrol, forgetPerson, identify, readPeople, readPerson, readSummary, type SeenPhoto, type Terms } from "../../src/admin/people/server";
import { fateWords, lookWords } from "../../src/admin/people/told";
import { grouped } from "../../src/admin/people/tray";
import { Refused } from "../../src/admin/server";
import { hasPassed } from "../../src/admin/words";

/** Answers of a real server, which its OpenAPI document shows as examples. */
const ANSWERS = JSON.parse(readFileSync(new URL("../../../src/kenali/serve/face_examples.json", import.meta.url), "utf8"));
const PERSON = ANSWERS.person.id as string;
const TERMS: Terms = { name: "Eileen Collins", group: "", consent: "form 7", consent_date: "", consent_by: "", expires: "2030-01-31" };
const photo = (name: string): File => new File(["x"], name, { type: "image/jpeg" });

/** Answers every request alike; what was asked is handed back. */
function answering(answer: unknown, status = 200): { url: string; options: RequestInit }[] {
  const asked: { url: string; options: RequestInit }[] = [];
  vi.stubGlobal("fetch", async (url: string, options: RequestInit) => {
    asked.push({ url, options });
    return new Response(JSON.stringify(answer), { status });
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("every place has an address, and an address within the page is no other place", () => {
  const places = [{ view: "server" }, { view: "list" }, { view: "who" }, { view: "enrol", person: null }, { view: "enrol", person: PERSON }, { view: "person", person: PERSON }] as const;
  for (const place of places) expect(placeOf(hashOf(place))).toEqual(place);
  for (const hash of ["#main", "#people/what", "#people/person", "#people/person/a%2Fb", "#people/person/a/b"]) expect(placeOf(hash), hash).toBeNull();
});

test("a box is told in shares of the upright photo, what reaches beyond it cut off", () => {
  expect(placeIn([20, 10, 60, 40], 200, 100)).toEqual({ left: 10, top: 10, width: 20, height: 30 });
  expect(placeIn([-20, 50, 400, 150], 200, 100)).toEqual({ left: 0, top: 50, width: 100, height: 50 });
  expect(largest([{ box: [0, 0, 2, 2] }, { box: [0, 0, 3, 2] }])).toBe(1);
  expect(largest([])).toBe(-1);
});

const face = (side: number, ...flaws: SeenPhoto["faces"][number]["quality"]["flaws"]): SeenPhoto["faces"][number] => ({ box: [0, 0, side, side], quality: { flaws } });
const seen = (...faces: SeenPhoto["faces"]): SeenPhoto => ({ width: 100, height: 100, faces });

test("what a photo shows is said before it is sent, with what one may allow", () => {
  expect(lookWords(null)).toMatchObject({ good: null, offers: [] });
  expect(lookWords(seen())).toEqual({ text: "No face was found.", good: false, offers: [] });
  expect(lookWords(seen(face(40)))).toEqual({ text: "One face, good to recognise by.", good: true, offers: [] });
  expect(lookWords(seen(face(20, "small", "blurred")))).toEqual({ text: "One face, poor to recognise by: small, blurred.", good: false, offers: ["accept_flaws"] });
  const group = seen(face(20, "small"), face(40));
  expect(lookWords(group)).toMatchObject({ good: false, offers: ["largest"] });
  expect(lookWords(group, new Set(["largest"]))).toMatchObject({ text: "2 faces; the largest is good to recognise by.", good: true, offers: ["largest"] });
  expect(lookWords(seen(face(20, "small"), face(40, "dark")), new Set(["largest"]))).toMatchObject({ good: false, offers: ["largest", "accept_flaws"] });
});

test("what became of a photo is said in the reader's words; what the page has none for, in the server's", () => {
  const look = lookWords(seen(face(20, "small")));
  expect(fateWords({ fate: "enrolled" }, look)).toMatchObject({ text: "Enrolled.", good: true });
  expect(fateWords({ fate: "refused", reason: "flawed" }, look)).toEqual({ text: "Not enrolled. One face, poor to recognise by: small.", good: false, offers: ["accept_flaws"] });
  const alike = { fate: "refused", reason: "looks-like-another", alike: { id: PERSON, name: "Budi" } } as const;
  expect(fateWords(alike, look)).toMatchObject({ text: "Not enrolled: it looks like Budi.", offers: ["force"] });
  expect(fateWords({ fate: "refused", reason: "truncated" }, look).text).toBe("The file is damaged: save it anew.");
  expect(fateWords({ fate: "refused", reason: "new", detail: "it rains" }, look).text).toBe("Not enrolled: it rains");
  expect(reasonOf(new Refused(409, "taken", { reason: "name-taken" }))).toContain("enrolled by this name");
  expect(reasonOf(new Refused(503, "busy", { reason: "busy" }))).toBe("busy");
});

test("photos that need the same permits go together", () => {
  const cards = [{ permits: new Set() }, { permits: new Set(["largest", "force"]) }, { permits: new Set() }, { permits: new Set(["force", "largest"]) }] as Parameters<typeof grouped>[0];
  expect(grouped(cards).map(({ permits, cards }) => [permits, cards.length])).toEqual([
    [[], 2],
    [["force", "largest"], 2],
  ]);
});

test("a name is confirmed as the gallery compares names", () => {
  expect(sameName(" eileen   COLLINS", "Eileen Collins")).toBe(true);
  expect(sameName("Jose\u0301", "José")).toBe(true);
  expect(sameName("Eileen", "Eileen Collins")).toBe(false);
});

test("names are never part of an address", async () => {
  const asked = answering(ANSWERS.page);
  expect((await readPeople("Eileen Collins", null)).persons[0].name).toBe("Eileen Collins");
  await readPeople("", "next page");
  expect(asked.map(({ url }) => url)).toEqual(["/v1/faces/persons/search", "/v1/faces/persons?limit=50&after=next+page"]);
  expect(JSON.parse(String(asked[0].options.body))).toEqual({ name: "Eileen Collins", after: null, limit: 50 });
});

test("a server's answers are read", async () => {
  answering(ANSWERS.summary);
  expect(await readSummary()).toMatchObject({ people: 1, threshold: { distance: 0.36, fitted: false } });
  answering(ANSWERS.person);
  expect((await readPerson(PERSON))?.enrolments[0]).toMatchObject({ consent: { reference: "form 7" }, quality: { flaws: [] } });
  answering({ status: 404, reason: "unknown-person", detail: "nobody has this id" }, 404);
  expect(await readPerson(PERSON)).toBeNull();
  answering(ANSWERS.detected);
  expect((await detect(photo("team.jpg"))).faces.length).toBe(1);
  answering(ANSWERS.identified);
  expect((await identify(photo("team.jpg"))).faces[0]).toMatchObject({ name: "Eileen Collins", person: PERSON });
  answering(ANSWERS.receipt);
  expect(fileName(await forgetPerson(PERSON))).toBe(`erasure-${PERSON}.json`);
  expect(fileName(ANSWERS.replaced.receipt)).toBe(`erasure-${PERSON}-18c96c35.json`);
  answering(ANSWERS.verdict);
  expect(wordFor(await checkReceipt("{}"))).toBe("receipt_holds");
});

test("somebody new is sent with a name, more photos without", async () => {
  const asked = answering(ANSWERS.enrolled, 201);
  const { person, fates } = await enrol(null, TERMS, ["largest"], [photo("1.jpg"), photo("2.jpg"), photo("notes.txt")]);
  expect(person?.id).toBe(PERSON);
  expect(fates.map(({ fate }) => fate)).toEqual(["enrolled", "enrolled", "refused"]);
  await enrol(PERSON, TERMS, [], [photo("3.jpg")]);
  expect(asked.map(({ url }) => url)).toEqual(["/v1/faces/persons", `/v1/faces/persons/${PERSON}/enrolments`]);
  const fields = asked.map(({ options }) => [...(options.body as FormData).entries()].map(([field, value]) => `${field}=${typeof value === "string" ? value : value.name}`));
  expect(fields[0]).toEqual(["name=Eileen Collins", "consent=form 7", "expires=2030-01-31", "largest=true", "photos=1.jpg", "photos=2.jpg", "photos=notes.txt"]);
  expect(fields[1]).toEqual(["consent=form 7", "expires=2030-01-31", "photos=3.jpg"]);
});

test("where no photo could be used the server's word on each is read; what is about something else is thrown on", async () => {
  const error = { photo: "1.jpg", status: 422, reason: "no-face", detail: "no face was found" };
  answering({ status: 422, reason: "no-face", detail: "no face was found", errors: [error] }, 422);
  expect(await enrol(null, TERMS, [], [photo("1.jpg")])).toMatchObject({ person: null, fates: [{ fate: "refused", reason: "no-face" }] });
  expect(await identify(photo("1.jpg"))).toMatchObject({ faces: [], error: { reason: "no-face" } });
  answering({ status: 409, reason: "name-taken", detail: "somebody has this name" }, 409);
  await expect(enrol(null, TERMS, [], [photo("1.jpg")])).rejects.toMatchObject({ status: 409, message: "somebody has this name" });
  await expect(detect(photo("1.jpg"))).rejects.toBeInstanceOf(Refused);
});

test("what a receipt's verdict means", () => {
  expect(wordFor(null)).toBe("receipt_none");
  expect(wordFor({ holds: false, signed: false, ours: false })).toBe("receipt_altered");
  expect(wordFor({ holds: false, signed: true, ours: false })).toBe("receipt_not_ours");
  expect(wordFor({ holds: false, signed: true, ours: true })).toBe("receipt_remains");
});

test("a last day counts to its end", () => {
  const now = new Date(2026, 10, 22, 23, 59);
  expect(hasPassed("2026-11-22", now)).toBe(false);
  expect(hasPassed("2026-11-21", now)).toBe(true);
});
