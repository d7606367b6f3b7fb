/** Prometheus's text format, version 0.0.4, as far as the server writes it. */

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const ESCAPED: Record<string, string> = { "\\n": "\n", '\\"': '"', "\\\\": "\\" };

/** The samples of an exposition, in its order; comments and what is no sample are passed over. */
export function parse(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const found = line.startsWith("#") ? null : LINE.exec(line);
    if (found) samples.push({ name: found[1], labels: labelsOf(found[2] ?? ""), value: numberOf(found[3]) });
  }
  return samples;
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(LABEL)) labels[name] = value.replace(/\\./g, (pair) => ESCAPED[pair] ?? pair);
  return labels;
}

function numberOf(text: string): number {
  return text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
}

/** The sum of all samples of this name whose labels pass. */
export function sum(samples: readonly Sample[], name: string, passes: (labels: Record<string, string>) => boolean = () => true): number {
  let total = 0;
  for (const sample of samples) if (sample.name === name && passes(sample.labels)) total += sample.value;
  return total;
}

/** The values of one label, each with the sum of its samples, largest first. */
export function by(samples: readonly Sample[], name: string, label: string): [value: string, sum: number][] {
  const sums = new Map<string, number>();
  for (const sample of samples) {
    if (sample.name === name) sums.set(sample.labels[label], (sums.get(sample.labels[label]) ?? 0) + sample.value);
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
}
