import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { english } from "../../src/admin/english";
import { indonesian } from "../../src/admin/indonesian";

const web = new URL("../../", import.meta.url);
const pages = ["admin.html", "login.html"].map((name) => readFileSync(new URL(name, web), "utf8")).join("\n");
const code = readdirSync(new URL("src/admin", web), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !["english.ts", "indonesian.ts"].includes(name))
  .map((name) => readFileSync(new URL(`src/admin/${name}`, web), "utf8"))
  .join("\n");
const places = (text: string): Set<string> => new Set([...text.matchAll(/\{(\w+)/g)].map((match) => match[1]));

test("both languages have the same words, filled in at the same places", () => {
  expect(Object.keys(indonesian)).toEqual(Object.keys(english));
  for (const [word, text] of Object.entries(english)) expect(places(indonesian[word as keyof typeof english]), word).toEqual(places(text));
});

test("every word of the pages exists and says in English what stands there; every word is used", () => {
  const asked = [...pages.matchAll(/data-word(?:-label)?="(\w+)"/g)].map((match) => match[1]);
  for (const word of asked) expect(english).toHaveProperty(word);
  for (const [, word, text] of pages.matchAll(/data-word="(\w+)"[^>]*>([^<]+)</g)) expect(english[word as keyof typeof english]).toBe(text.trim());
  for (const word of Object.keys(english)) {
    expect(asked.includes(word) || code.includes(`"${word}"`) || ["may_", "flaw_"].some((kind) => word.startsWith(kind)), word).toBe(true);
  }
});
