/** The last minutes, look by look. */

import { between, type Figures, type Moment } from "./figures";

const KEPT_S = 600;
const WINDOW_S = 10;

export interface Point {
  time: number;
  figures: Figures;
}

export class History {
  private moments: Moment[] = [];
  /** What the charts draw, oldest first: each point tells of the ten seconds before it. */
  points: Point[] = [];

  /** Adds a look at the counters; a server that was started anew begins a new history. */
  add(moment: Moment): void {
    const first = this.moments.find(({ time }) => time >= moment.time - WINDOW_S - 0.5);
    const figures = first && between(first, moment);
    if (first && !figures) this.moments = this.points = [];
    this.moments = [...this.moments.filter(({ time }) => time > moment.time - 2 * WINDOW_S), moment];
    if (figures) this.points = [...this.points.filter(({ time }) => time > moment.time - KEPT_S), { time: moment.time, figures }];
  }

  get latest(): Figures | null {
    return this.points.at(-1)?.figures ?? null;
  }
}
