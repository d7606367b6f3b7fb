import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { niceAbove } from "../../src/admin/chart";
import { by, parse, sum } from "../../src/admin/exposition";
import { between, histogramOf, type Moment, momentOf, quantile } from "../../src/admin/figures";
import { History } from "../../src/admin/history";

/** What a server with two workers answered after some hundred photos, some of them damaged. */
const RECORDED = parse(readFileSync(new URL("metrics.txt", import.meta.url), "utf8"));

test("a recorded exposition is read", () => {
  expect(sum(RECORDED, "kenali_workers")).toBe(2);
  expect(by(RECORDED, "kenali_photos_rejected_total", "reason")).toEqual([
    ["truncated", 59],
    ["not-an-image", 22],
  ]);
  const moment = momentOf(RECORDED, 10);
  expect(moment).toMatchObject({ requests: 1220, photos: 1139, turnedAway: 0, failed: 0 });
  expect(moment.latency.counts.at(-1)).toBe(1220);
});

test("labels may hold quotes, backslashes, braces and new lines", () => {
  const [sample] = parse('# HELP x y\nx{class="a \\"b\\" \\\\ \\n {c}",n="2"} 1.5e+02 17\nnonsense');
  expect(sample).toEqual({ name: "x", labels: { class: 'a "b" \\ \n {c}', n: "2" }, value: 150 });
});

test("quantiles are Prometheus's: straight lines within buckets", () => {
  const histogram = { bounds: [0.1, 0.2, 0.5, Infinity], counts: [10, 30, 40, 40] };
  expect(quantile(histogram, 0.5)).toBeCloseTo(0.15);
  expect(quantile(histogram, 1)).toBeCloseTo(0.5);
  expect(quantile(histogram, 0.01)).toBeCloseTo(0.004);
  expect(quantile({ bounds: [0.1, Infinity], counts: [0, 5] }, 0.5)).toBe(0.1); // beyond what is known
  expect(quantile({ bounds: [0.1, Infinity], counts: [0, 0] }, 0.5)).toBeNull();
  expect(quantile({ bounds: [], counts: [] }, 0.5)).toBeNull();
});

test("buckets of several routes are added", () => {
  const samples = parse('h_bucket{le="1",route="a"} 1\nh_bucket{le="1",route="b"} 2\nh_bucket{le="+Inf",route="a"} 4\nh_bucket{le="+Inf",route="b"} 4');
  expect(histogramOf(samples, "h", () => true)).toEqual({ bounds: [1, Infinity], counts: [3, 8] });
  expect(histogramOf(samples, "h", ({ route }) => route === "b").counts).toEqual([2, 4]);
});

const moment = (time: number, requests: number, more: Partial<Moment> = {}): Moment => {
  const latency = { bounds: [0.1, Infinity], counts: [requests, requests] };
  return { time, requests, photos: 2 * requests, turnedAway: 0, failed: 0, latency, ...more };
};

test("two moments make rates", () => {
  expect(between(moment(0, 10), moment(5, 20, { turnedAway: 10 }))).toEqual({ requests: 2, photos: 4, turnedAway: 2, failed: 0, p50: 0.05, p99: 0.099 });
  expect(between(moment(0, 10), moment(5, 10))).toMatchObject({ requests: 0, p50: null });
  expect(between(moment(0, 10), moment(5, 3))).toBeNull(); // another server's numbers
});

test("the first look makes a moment, later ones tell of ten seconds each, old ones go", () => {
  const past = new History();
  past.add(moment(0, 0));
  expect(past.latest).toBeNull();
  for (let time = 2; time <= 1000; time += 2) past.add(moment(time, 3 * time));
  expect(past.latest).toMatchObject({ requests: 3, photos: 6 });
  expect(past.points.length).toBe(300);
  past.add(moment(1002, 1)); // started anew
  expect(past.points).toEqual([]);
  past.add(moment(1004, 5));
  expect(past.latest).toMatchObject({ requests: 2 });
});

test("axes end at round numbers", () => {
  expect([0, 0.3, 1, 1.1, 4, 7, 120, 1000].map(niceAbove)).toEqual([1, 0.5, 1, 2, 5, 10, 200, 1000]);
});
