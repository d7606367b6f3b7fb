import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { english } from "../../src/live/english";
import { indonesian } from "../../src/live/indonesian";
import { called, latency, length, percent, speaker } from "../../src/live/words";

const web = new URL("../../", import.meta.url);
const page = readFileSync(new URL("live.html", web), "utf8");
const code = readdirSync(new URL("src/live", web))
  .filter((name) => name.endsWith(".ts") && !["english.ts", "indonesian.ts"].includes(name))
  .map((name) => readFileSync(new URL(`src/live/${name}`, web), "utf8"))
  .join("\n");
const places = (text: string): Set<string> => new Set([...text.matchAll(/\{(\w+)/g)].map((match) => match[1]));

test("both languages have the same words, filled in at the same places", () => {
  expect(Object.keys(indonesian)).toEqual(Object.keys(english));
  for (const [word, text] of Object.entries(english)) expect(places(indonesian[word as keyof typeof english]), word).toEqual(places(text));
});

test("every word of the page exists and says in English what stands there; every word is used", () => {
  const asked = [...page.matchAll(/data-word(?:-label)?="(\w+)"/g)].map((match) => match[1]);
  for (const word of asked) expect(english).toHaveProperty(word);
  for (const [, word, text] of page.matchAll(/data-word="(\w+)"[^>]*>([^<]+)</g)) expect(english[word as keyof typeof english]).toBe(text.trim());
  for (const word of Object.keys(english)) expect(asked.includes(word) || code.includes(`"${word}"`), word).toBe(true);
});

test("labels, lengths and shares as people say them", () => {
  speaker.language = "en";
  expect([called("crack"), called("unknown"), called("somebody"), called("", "3f2a")]).toEqual([
    "crack",
    "unknown",
    "somebody who is enrolled",
    "3f2a",
  ]);
  expect([length(2.34), length(42.4), length(75), length(7260)]).toEqual(["2.3 s", "42 s", "1 min 15 s", "2 h 1 min"]);
  expect([latency(null), latency(87.4), latency(1234)]).toEqual(["–", "87 ms", "1.2 s"]);
  expect([percent(0.934), percent(0.999)]).toEqual(["93%", "> 99%"]);
  speaker.language = "id";
  expect([called("unknown"), length(2.34), percent(0.5)]).toEqual(["tidak dikenal", "2,3 dtk", "50%"]);
});
