/** The live page in the reader's language; the choice is shared with the other pages. */

import { Speaker } from "../page/speaking";
import { english } from "./english";
import { indonesian } from "./indonesian";

export const speaker = new Speaker({ en: english, id: indonesian });
export const say = speaker.say.bind(speaker);
export const number = speaker.number.bind(speaker);

/** What something is called; who is unknown, or hidden from this reader, in the reader's language. */
export function called(label: string, person: string | null = null): string {
  if (label === "unknown" || label === "somebody") return say(label);
  return label || (person ?? "");
}

/** How sure a model is (0..1): it never claims certainty. */
export function percent(share: number): string {
  const written = (value: number): string => value.toLocaleString(speaker.language, { style: "percent" });
  return share > 0.99 ? `> ${written(0.99)}` : written(share);
}

/** A length of time (seconds), in the units that read best. */
export function length(seconds: number): string {
  if (seconds >= 3600) return say("hours", { h: Math.floor(seconds / 3600), m: Math.floor((seconds % 3600) / 60) });
  if (seconds >= 60) return say("minutes", { m: Math.floor(seconds / 60), s: Math.floor(seconds % 60) });
  return say("seconds", { n: number(seconds, seconds < 10 ? 1 : 0) });
}

/** A time to answer (milliseconds). */
export function latency(ms: number | null): string {
  if (ms === null) return "–";
  return ms >= 1000 ? say("seconds", { n: number(ms / 1000, 1) }) : say("milliseconds", { n: number(ms) });
}

/** The time of day of an ISO time. */
export function timeOf(iso: string): string {
  return new Date(iso).toLocaleTimeString(speaker.language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}
