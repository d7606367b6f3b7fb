/** A page's words in the reader's language: what the pages of the server share. */

import { fillIn, firstLanguage, keepLanguage, type Language, rememberedLanguage, writeWords } from "./words";

export type Fill = Record<string, string | number>;

export class Speaker<Word extends string> {
  language: Language = "en";

  constructor(private readonly words: Record<Language, Record<Word, string>>) {}

  say(word: Word, fill: Fill = {}): string {
    return fillIn(this.words[this.language][word], fill, (value) => this.number(value));
  }

  number(value: number, digits = 0): string {
    return value.toLocaleString(this.language, { maximumFractionDigits: digits });
  }

  /** Speaks the reader's language, and the one that is chosen in #language from then on; `redraw` follows each change. */
  begin(redraw: () => void): void {
    const choice = document.querySelector<HTMLSelectElement>("#language")!;
    const speak = (chosen: Language): void => {
      this.language = choice.value = document.documentElement.lang = chosen;
      writeWords((word) => this.words[chosen][word as Word]);
      redraw();
    };
    choice.addEventListener("change", () => {
      keepLanguage(choice.value as Language);
      speak(choice.value as Language);
    });
    speak(firstLanguage(location.search, rememberedLanguage(), navigator.languages));
  }
}
