import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { english } from "../../src/page/english";
import { indonesian } from "../../src/page/indonesian";
import { fillIn, firstLanguage, percent } from "../../src/page/words";

const web = new URL("../../", import.meta.url);
const page = readFileSync(new URL("index.html", web), "utf8");
const modules = readdirSync(new URL("src/page", web)).filter((name) => name.endsWith(".ts"));
const places = (text: string): string[] => [...text.matchAll(/\{(\w+)/g)].map((match) => match[1]);

test("both languages have the same words, filled in at the same places", () => {
  expect(Object.keys(indonesian)).toEqual(Object.keys(english));
  for (const [word, text] of Object.entries(english)) {
    expect(new Set(places(indonesian[word as keyof typeof english])), word).toEqual(new Set(places(text)));
  }
});

test("every word of index.html exists, and every word that exists is used", () => {
  const asked = [...page.matchAll(/data-word(?:-label)?="(\w+)"/g)].map((match) => match[1]);
  for (const word of asked) expect(english).toHaveProperty(word);
  const code = modules
    .filter((name) => !["english.ts", "indonesian.ts"].includes(name))
    .map((name) => readFileSync(new URL(`src/page/${name}`, web), "utf8"))
    .join("\n");
  const reasons = ["novel", "ambiguous"]; // an answer's reason is its own word
  for (const word of Object.keys(english)) {
    expect(asked.includes(word) || reasons.includes(word) || code.includes(`"${word}"`), word).toBe(true);
  }
});

test("the text in index.html is the English text", () => {
  for (const [, word, text] of page.matchAll(/data-word="(\w+)"[^>]*>([^<]+)</g)) {
    expect(english[word as keyof typeof english].startsWith(text.trim().replace(/\.$/, "")), word).toBe(true);
  }
});

test("places are filled with values, and forms chosen by number", () => {
  const number = (value: number): string => value.toLocaleString("id");
  expect(fillIn("{n} {n:photo|photos} of {name}", { n: 1, name: "brick" }, number)).toBe("1 photo of brick");
  expect(fillIn("{n} {n:photo|photos}", { n: 1200 }, number)).toBe("1.200 photos");
  expect(fillIn("{absent}", {}, number)).toBe("{absent}");
});

test("the language is what was asked for, then what was chosen, then the browser's", () => {
  expect(firstLanguage("?lang=id", "en", ["en-GB"])).toBe("id");
  expect(firstLanguage("", "id", ["en-GB"])).toBe("id");
  expect(firstLanguage("", null, ["fr", "in-ID", "en"])).toBe("id");
  expect(firstLanguage("?lang=xx", null, ["fr"])).toBe("en");
});

test("percentages never claim certainty", () => {
  expect([1, 0.9999, 0.996, 0.97, 0.5, 0.004, 0].map(percent)).toEqual(["> 99.9%", "> 99.9%", "99.6%", "97%", "50%", "0.4%", "< 0.1%"]);
});
