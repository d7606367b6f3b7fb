/** How fast a camera's frames are answered, and what became of those that were not. */

import { byId, make } from "../page/dom";
import type { Source } from "./server";
import { latency, number, say } from "./words";

export function drawPace(source: Source): void {
  const { counts } = source;
  const broken = counts.lost + counts.quarantined;
  const of = say("of_received", { n: counts.received });
  const dropped = source.policy === "all" ? say("waits") : of;
  byId("tiles").replaceChildren(
    tile(say("frames_a_second"), number(source.frames_per_second, 1)),
    tile(say("half_within"), latency(source.latency_ms.median)),
    tile(say("ninety_nine"), latency(source.latency_ms.p99)),
    tile(say("dropped"), number(counts.dropped), dropped),
    ...(counts.skipped ? [tile(say("skipped"), number(counts.skipped), of)] : []),
    ...(broken ? [tile(say("broken"), number(broken), of, true)] : []),
  );
}

function tile(name: string, value: string, more = "", alarming = false): HTMLElement {
  const told = make("dd", {}, make("b", {}, value));
  if (more) told.append(make("small", {}, more));
  return make("div", { className: alarming ? "tile alarming" : "tile" }, make("dt", {}, name), told);
}
