/** Lines over the last ten minutes, as SVG. */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 560; // where the page has no layout
const HEIGHT = 150;
const LEFT = 52;
const BOTTOM = 20;
const SPAN_S = 600;

export interface Line {
  kind: "main" | "second";
  /** Times in seconds and values; null leaves a gap. */
  points: [time: number, value: number | null][];
}

/** Draws the lines into `svg`, as wide as it is; `written` says a value for the axis, `ago` a time. */
export function draw(svg: SVGSVGElement, lines: readonly Line[], now: number, written: (value: number) => string, ago: (seconds: number) => string): void {
  const width = svg.clientWidth || WIDTH;
  const most = niceAbove(Math.max(...lines.flatMap(({ points }) => points.map(([, value]) => value ?? 0)), 0));
  const x = (time: number): number => LEFT + (width - LEFT - 4) * (1 - (now - time) / SPAN_S);
  const y = (value: number): number => 8 + (HEIGHT - BOTTOM - 8) * (1 - value / most);
  const drawn: SVGElement[] = [];
  for (const value of [0, most / 2, most]) {
    drawn.push(element("line", { class: "grid", x1: LEFT, x2: width - 4, y1: y(value), y2: y(value) }));
    drawn.push(element("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, written(value)));
  }
  for (const seconds of [SPAN_S, SPAN_S / 2, 0]) {
    const anchor = seconds === 0 ? "end" : seconds === SPAN_S ? "start" : "middle";
    drawn.push(element("text", { x: x(now - seconds), y: HEIGHT - 4, "text-anchor": anchor }, ago(seconds)));
  }
  for (const { kind, points } of lines) drawn.push(element("path", { class: kind, d: path(points, x, y) }));
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  svg.replaceChildren(...drawn);
}

function path(points: Line["points"], x: (time: number) => number, y: (value: number) => number): string {
  let pen = "M";
  const steps: string[] = [];
  for (const [time, value] of points) {
    if (value === null) {
      pen = "M";
      continue;
    }
    steps.push(`${pen}${x(time).toFixed(1)} ${y(value).toFixed(1)}`);
    pen = "L";
  }
  return steps.join("");
}

/** A round number at or above `value`, for the top of an axis: 1, 2 or 5 times a power of ten. */
export function niceAbove(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((step) => step * power >= value * (1 - 1e-9)) ?? 10);
}

function element(name: string, attributes: Record<string, string | number>, text = ""): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}
