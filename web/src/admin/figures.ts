/** What two looks at the counters say about the time between them. */

import { type Sample, sum } from "./exposition";

/** Upper bounds of a histogram's buckets (seconds) and how many values lie at or below each, as Prometheus keeps them. */
export interface Histogram {
  bounds: number[];
  counts: number[];
}

/** The counters at one time; `time` in seconds. */
export interface Moment {
  time: number;
  requests: number;
  photos: number;
  turnedAway: number;
  failed: number;
  latency: Histogram;
}

/** Rates a second, and latencies in seconds (null where nothing was asked). */
export interface Figures {
  requests: number;
  photos: number;
  turnedAway: number;
  failed: number;
  p50: number | null;
  p99: number | null;
}

const isPrediction = (labels: Record<string, string>): boolean => labels.route?.endsWith("/predict");
const isBusy = (labels: Record<string, string>): boolean => labels.status === "429" || labels.status === "503";

/** The counters of an exposition. Latencies are those of predictions, not of pages and checks. */
export function momentOf(samples: readonly Sample[], time: number): Moment {
  return {
    time,
    requests: sum(samples, "kenali_requests_total", isPrediction),
    photos: sum(samples, "kenali_photos_total"),
    turnedAway: sum(samples, "kenali_requests_total", isBusy),
    failed: sum(samples, "kenali_requests_total", (labels) => labels.status.startsWith("5") && !isBusy(labels)),
    latency: histogramOf(samples, "kenali_request_seconds", isPrediction),
  };
}

/** What happened between two moments; null where the server was started anew meanwhile. */
export function between(before: Moment, after: Moment): Figures | null {
  const seconds = after.time - before.time;
  if (seconds <= 0 || after.requests < before.requests || after.photos < before.photos) return null;
  const latency = difference(before.latency, after.latency);
  return {
    requests: (after.requests - before.requests) / seconds,
    photos: (after.photos - before.photos) / seconds,
    turnedAway: (after.turnedAway - before.turnedAway) / seconds,
    failed: (after.failed - before.failed) / seconds,
    p50: quantile(latency, 0.5),
    p99: quantile(latency, 0.99),
  };
}

/** The buckets of a histogram, summed over all samples whose labels pass. */
export function histogramOf(samples: readonly Sample[], name: string, passes: (labels: Record<string, string>) => boolean): Histogram {
  const counts = new Map<number, number>();
  for (const { name: found, labels, value } of samples) {
    if (found !== `${name}_bucket` || !passes(labels)) continue;
    const bound = labels.le === "+Inf" ? Infinity : Number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  const bounds = [...counts.keys()].sort((a, b) => a - b);
  return { bounds, counts: bounds.map((bound) => counts.get(bound) ?? 0) };
}

function difference(before: Histogram, after: Histogram): Histogram {
  const earlier = new Map(before.bounds.map((bound, index) => [bound, before.counts[index]]));
  return { bounds: after.bounds, counts: after.counts.map((count, index) => count - (earlier.get(after.bounds[index]) ?? 0)) };
}

/** The value below which the share `q` lies, by straight lines within buckets as Prometheus draws them; null where there are none. */
export function quantile({ bounds, counts }: Histogram, q: number): number | null {
  const all = counts.at(-1) ?? 0;
  if (all <= 0) return null;
  const rank = q * all;
  const index = counts.findIndex((count) => count >= rank);
  if (bounds[index] === Infinity) return bounds[index - 1] ?? null;
  const low = index > 0 ? bounds[index - 1] : 0;
  const below = index > 0 ? counts[index - 1] : 0;
  const inside = counts[index] - below;
  return inside > 0 ? low + ((bounds[index] - low) * (rank - below)) / inside : bounds[index];
}
