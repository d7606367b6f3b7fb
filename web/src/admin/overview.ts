/** The figures of now, their last ten minutes, and what was refused. */

import { byId, make, showText } from "../page/dom";
import { draw, type Line } from "./chart";
import { by, type Sample, sum } from "./exposition";
import type { Figures } from "./figures";
import type { History, Point } from "./history";
import { duration, moment, number, rate, say } from "./words";

const svg = (id: string): SVGSVGElement => document.getElementById(id) as unknown as SVGSVGElement;

export function drawOverview(samples: readonly Sample[], past: History): void {
  drawTiles(samples, past.latest);
  drawCharts(past.points);
  drawCounts("refused", by(samples, "kenali_photos_rejected_total", "reason"));
  drawCounts("answers", by(samples, "kenali_requests_total", "status"));
}

function drawTiles(samples: readonly Sample[], now: Figures | null): void {
  const some = (value: number | null | undefined, written: (value: number) => string): string => (value == null ? "–" : written(value));
  const restarts = sum(samples, "kenali_worker_restarts_total");
  byId("tiles").replaceChildren(
    tile(say("photos_a_second"), some(now?.photos, rate)),
    tile(say("predictions_a_second"), some(now?.requests, rate)),
    tile(say("half_within"), some(now?.p50, duration)),
    tile(say("ninety_nine"), some(now?.p99, duration)),
    tile(say("on_the_way"), number(sum(samples, "kenali_queue_photos")), say("of_capacity", { n: sum(samples, "kenali_queue_capacity") })),
    tile(say("turned_away"), some(now?.turnedAway, rate), "", (now?.turnedAway ?? 0) > 0),
    tile(say("failed"), some(now?.failed, rate), "", (now?.failed ?? 0) > 0),
    tile(say("workers"), number(sum(samples, "kenali_workers")), say("restarts", { n: restarts }), restarts > 0),
  );
  const begun = samples.find(({ name }) => name === "kenali_start_time_seconds");
  showText(byId("since"), begun ? say("since", { time: moment(begun.value), version: begun.labels.version }) : null);
}

function tile(name: string, value: string, more = "", alarming = false): HTMLElement {
  const told = make("dd", {}, make("b", {}, value));
  if (more) told.append(make("small", {}, more));
  return make("div", { className: alarming ? "tile alarming" : "tile" }, make("dt", {}, name), told);
}

function drawCharts(points: readonly Point[]): void {
  const now = points.at(-1)?.time ?? 0;
  const line = (kind: Line["kind"], value: (figures: Figures) => number | null): Line => {
    return { kind, points: points.map(({ time, figures }) => [time, value(figures)]) };
  };
  const ago = (seconds: number): string => (seconds ? say("ago", { n: seconds / 60 }) : say("at_once"));
  draw(svg("chart-photos"), [line("main", ({ photos }) => photos)], now, rate, ago);
  const latencies = [line("second", ({ p99 }) => p99), line("main", ({ p50 }) => p50)];
  draw(svg("chart-latency"), latencies, now, duration, ago);
  const latest = points.at(-1)?.figures;
  svg("chart-photos").setAttribute("aria-label", `${say("chart_photos")}: ${latest ? rate(latest.photos) : "–"}`);
  const slow = latest?.p99 == null ? "–" : duration(latest.p99);
  svg("chart-latency").setAttribute("aria-label", `${say("chart_latency")}: ${say("ninety_nine")} ${slow}`);
}

function drawCounts(id: string, counts: readonly [string, number][]): void {
  const rows = counts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => make("tr", {}, make("th", { scope: "row" }, make("code", {}, name)), make("td", { className: "n" }, number(count))));
  byId(id).replaceChildren(...(rows.length ? rows : [make("tr", {}, make("td", { className: "soft" }, say("nothing_yet")))]));
}
