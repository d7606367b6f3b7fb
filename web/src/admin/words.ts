/** The admin pages in the reader's language; the choice is shared with the page for photos. */

import { fillIn, firstLanguage, keepLanguage, type Language, rememberedLanguage, writeWords } from "../page/words";
import { english } from "./english";
import { indonesian } from "./indonesian";

export type Word = keyof typeof english;
export type Fill = Record<string, string | number>;

const WORDS: Record<Language, Record<Word, string>> = { en: english, id: indonesian };
let language: Language = "en";

export function say(word: Word, fill: Fill = {}): string {
  return fillIn(WORDS[language][word], fill, (value) => number(value));
}

export function number(value: number, digits = 0): string {
  return value.toLocaleString(language, { maximumFractionDigits: digits });
}

/** A rate a second: two digits where it is small. */
export function rate(value: number): string {
  return number(value, value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

export function share(value: number): string {
  return value.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
}

/** A length of time (seconds), in the unit that reads best. */
export function duration(seconds: number): string {
  if (seconds >= 1) return say("seconds", { n: number(seconds, seconds >= 10 ? 0 : 1) });
  return say("milliseconds", { n: number(1000 * seconds, seconds < 0.01 ? 1 : 0) });
}

/** A time, as seconds since 1970. */
export function moment(seconds: number): string {
  return new Date(1000 * seconds).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}

export function day(iso: string): string {
  return new Date(iso).toLocaleDateString(language, { dateStyle: "medium" });
}

/** A calendar day, written 2030-01-31: the same one whatever the time zone. */
export function calendarDay(date: string): string {
  return day(`${date}T00:00`);
}

/** Whether today, where the reader is, a calendar day has passed. */
export function hasPassed(date: string, now = new Date()): boolean {
  const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
  return date < today;
}

/** A distance of faces, 0..2. */
export function distance(value: number): string {
  return value.toLocaleString(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** Speaks the reader's language, and the one that is chosen in #language from then on; `redraw` follows each change. */
export function beginSpeaking(redraw: () => void): void {
  const choice = document.querySelector<HTMLSelectElement>("#language")!;
  const speak = (chosen: Language): void => {
    language = choice.value = document.documentElement.lang = chosen;
    writeWords((word) => WORDS[language][word as Word]);
    redraw();
  };
  choice.addEventListener("change", () => {
    keepLanguage(choice.value as Language);
    speak(choice.value as Language);
  });
  speak(firstLanguage(location.search, rememberedLanguage(), navigator.languages));
}
