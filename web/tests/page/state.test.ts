import { expect, test, vi } from "vitest";

import { Client, PhotoTrouble, Refused, WorkerGone, type WorkerLike } from "../../src/page/client";
import { Entries } from "../../src/page/entries";
import { looksLikePhoto } from "../../src/page/gather";
import { Line } from "../../src/page/line";
import type { Reply, Request } from "../../src/protocol";

const files = (...names: string[]): { name: string; file: Blob }[] => names.map((name) => ({ name, file: new Blob() }));
const done = (probs: number[], novelty: number) => ({
  kind: "done" as const,
  answer: { probs: Float32Array.from(probs), novelty, reason: null, candidates: [] },
  milliseconds: 1,
});

test("photos are listed in the order in which they came, and the first new one is shown", () => {
  const entries = new Entries();
  entries.add(files("a", "b"));
  expect(entries.selected?.name).toBe("a");
  entries.add(files("c"));
  expect(entries.all.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  expect(entries.selected?.name).toBe("c");
  entries.step(-1);
  expect(entries.selected?.name).toBe("b");
  entries.step(-1);
  entries.step(-1);
  expect(entries.selected?.name).toBe("a");
  entries.listed = ({ name }) => name !== "b";
  expect(entries.neighbour(1)?.name).toBe("c");
  entries.clear();
  expect([entries.all.length, entries.selected]).toEqual([0, null]);
});

test("other limits judge the answers anew, and the counts follow", () => {
  const entries = new Entries();
  const [a, b, c] = entries.add(files("a", "b", "c"));
  entries.set(a, done([0.9, 0.1], 0.2));
  entries.set(b, done([0.6, 0.4], 0.8));
  entries.set(c, { kind: "problem", code: "corrupt" });
  expect(entries.counts()).toEqual({ total: 3, done: 3, unknown: 0, problems: 1, classes: new Map([[0, 2]]) });
  entries.judge({ novelty: 0.5, ambiguous: 0.95 });
  expect([a, b].map(({ state }) => state.kind === "done" && state.answer.reason)).toEqual(["ambiguous", "novel"]);
  expect(entries.counts().unknown).toBe(2);
  entries.askAgain();
  expect(entries.all.map(({ state }) => state.kind)).toEqual(["waiting", "waiting", "problem"]);
});

test("one job runs at a time, what is urgent first, and a failure stops nothing", async () => {
  const line = new Line();
  const said: string[] = [];
  const job = (name: string) => async (): Promise<void> => {
    said.push(`${name} begins`);
    await Promise.resolve();
    said.push(`${name} ends`);
  };
  const all = [line.run(job("first")), line.run(job("patient")), line.run(job("urgent"), true)];
  const failing = line.run(() => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  await Promise.all(all);
  expect(said).toEqual(["first begins", "first ends", "urgent begins", "urgent ends", "patient begins", "patient ends"]);
});

test("replies find the request they answer, and problems are told apart", async () => {
  const listeners = new Map<string, (event: never) => void>();
  const sent: Request[] = [];
  const worker = {
    postMessage: (message: Request) => sent.push(message),
    addEventListener: (kind: string, listener: (event: never) => void) => listeners.set(kind, listener),
  } as unknown as WorkerLike;
  const hear = (reply: Reply): void => listeners.get("message")?.({ data: reply } as never);
  const gone = vi.fn();
  const client = new Client(worker, gone);
  const progress = vi.fn();
  const [learn, unlearn, save, classify] = [
    client.ask({ kind: "learn" }, [], progress),
    client.ask({ kind: "unlearn" }),
    client.ask({ kind: "save" }),
    client.ask({ kind: "classify", photo: new Blob(), reject: null, heat: false }),
  ];
  expect(new Set(sent.map(({ id }) => id)).size).toBe(4);
  hear({ id: sent[1].id, kind: "done" });
  expect(await unlearn).toMatchObject({ kind: "done" });
  hear({ id: sent[0].id, kind: "progress", stage: "learn", done: 1, total: 2 });
  hear({ id: sent[0].id, kind: "failed", message: "too few photos", code: "few-photos" });
  await expect(learn).rejects.toEqual(new Refused("too few photos", "few-photos"));
  expect(progress).toHaveBeenCalledOnce();
  hear({ id: sent[3].id, kind: "problem", problem: { code: "corrupt", detail: "" } });
  await expect(classify).rejects.toBeInstanceOf(PhotoTrouble);
  listeners.get("error")?.({ message: "out of memory" } as never);
  await expect(save).rejects.toBeInstanceOf(WorkerGone);
  await expect(client.ask({ kind: "save" })).rejects.toBeInstanceOf(WorkerGone);
  expect(gone).toHaveBeenCalledOnce();
});

test("of a folder only what looks like a photo is taken", () => {
  const taken = ["a.JPG", "b.tiff", "c.heic", ".hidden.jpg", "notes.txt", "Thumbs.db"].filter((name) => looksLikePhoto({ name, type: "" }));
  expect(taken).toEqual(["a.JPG", "b.tiff", "c.heic"]);
  expect(looksLikePhoto({ name: "blob", type: "image/png" })).toBe(true);
});
