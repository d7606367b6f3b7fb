/** The page in the reader's language: chosen by the browser, switchable, remembered. */

import { english } from "./english";
import { indonesian } from "./indonesian";

export type Language = "en" | "id";
export type Word = keyof typeof english;
type Fill = Record<string, string | number>;

const WORDS: Record<Language, Record<Word, string>> = { en: english, id: indonesian };
const REMEMBERED = "kenali.language";

let language: Language = "en";
const listeners: (() => void)[] = [];

/** The first of: `?lang=`, what was chosen here before, the browser's languages, English. `in` is Indonesian's old code. */
export function firstLanguage(search: string, remembered: string | null, browser: readonly string[]): Language {
  const asked = [new URLSearchParams(search).get("lang"), remembered, ...browser];
  for (const code of asked) {
    const main = code?.toLowerCase().split("-")[0];
    if (main === "en") return "en";
    if (main === "id" || main === "in") return "id";
  }
  return "en";
}

/** Text of a key, its places filled: `{n}` with a value, `{n:photo|photos}` by number. Numbers are written as the language does. */
export function fillIn(text: string, fill: Fill, number: (value: number) => string): string {
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (place, name: string, one?: string, many?: string) => {
    const value = fill[name];
    if (value === undefined) return place;
    if (one !== undefined) return value === 1 ? one : (many ?? "");
    return typeof value === "number" ? number(value) : value;
  });
}

/** What to say, in the language of the page. */
export function say(word: Word, fill: Fill = {}): string {
  return fillIn(WORDS[language][word], fill, (value) => value.toLocaleString(language));
}

/** A share 0..1 as a percentage that never claims certainty: 97%, 99.6%, > 99.9%, < 0.1%. */
export function percent(share: number): string {
  if (share > 0.999) return `> ${written(0.999, 1)}`;
  if (share < 0.001) return `< ${written(0.001, 1)}`;
  return written(share, share >= 0.99 || share < 0.01 ? 1 : 0);
}

/** A round share such as a rate: 5%, 2.5%. */
export function rate(share: number): string {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(share);
}

function written(share: number, digits: number): string {
  return new Intl.NumberFormat(language, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(share);
}

/** Names joined for reading: "a, b and c". */
export function listed(names: readonly string[], last: "and" | "or"): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} ${say(last)} ${names[names.length - 1]}`;
}

/** Gives an element other fixed words, now and in every language. */
export function setWord(element: HTMLElement, word: Word): void {
  element.dataset.word = word;
  element.textContent = say(word);
}

export function languageNow(): Language {
  return language;
}

/** Calls `redraw` whenever the language changes. */
export function onLanguage(redraw: () => void): void {
  listeners.push(redraw);
}

/** Speaks this language from now on: fixed words at once, the rest by the listeners. */
export function speak(chosen: Language, remember = false): void {
  language = chosen;
  document.documentElement.lang = chosen;
  if (remember) keepLanguage(chosen);
  writeWords((word) => say(word as Word));
  for (const redraw of listeners) redraw();
}

/** Writes the document's fixed words, which `data-word` and `data-word-label` name. */
export function writeWords(said: (word: string) => string): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-word]")) {
    element.textContent = said(element.dataset.word ?? "");
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-word-label]")) {
    element.setAttribute("aria-label", said(element.dataset.wordLabel ?? ""));
  }
}

/** The language that was chosen here before; null where the browser keeps nothing for this page. */
export function rememberedLanguage(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

/** Remembers the language for the next visit. */
export function keepLanguage(chosen: Language): void {
  try {
    localStorage.setItem(REMEMBERED, chosen);
  } catch {
    // Private windows may refuse to keep anything; the choice then lasts as long as the page.
  }
}
