import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import type { Reply, Request } from "../../src/protocol";
import { Service } from "../../src/service";
import { MANIFEST, files, reader } from "./tiny";

const golden = (name: string) => new Blob([readFileSync(new URL(`../../../tests/golden/${name}`, import.meta.url))]);
const load = (id: number): Request => ({ id, kind: "load", base: "https://here/", backend: "cpu" });
const classify = (id: number, photo: Blob | ImageBitmap, more: object = {}): Request => ({ id, kind: "classify", photo, reject: null, heat: false, ...more });

/** Sends all requests at once; the replies in their order, progress aside, when all are answered. */
async function answers(requests: Request[], some = files()): Promise<Reply[]> {
  const read = reader(await some);
  return new Promise((resolve) => {
    const replies: Reply[] = [];
    const service = new Service((reply) => {
      if (reply.kind !== "progress") replies.push(reply);
      if (replies.length === requests.length) resolve(replies);
    }, () => read);
    requests.forEach((request) => service.receive(request));
  });
}

test("requests are answered one after another, in their order", async () => {
  const wide = golden("pictures/wide.png");
  const replies = await answers([load(1), classify(2, wide), classify(3, golden("refused/text.jpg")), classify(4, wide, { heat: true })]);
  expect(replies.map(({ id, kind }) => [id, kind])).toEqual([[1, "loaded"], [2, "answer"], [3, "problem"], [4, "answer"]]);
  const [loaded, answer, problem, heated] = replies as any[];
  expect(loaded.manifest.class_names).toEqual(MANIFEST.class_names);
  expect(loaded).toMatchObject({ backend: "cpu", threads: 1, canLearn: false });
  expect(answer).toMatchObject({ window: [0, 0, 97, 61], size: [97, 61], heat: null });
  expect(problem.problem).toEqual({ code: "not-an-image", detail: "the file is not an image" });
  expect(heated.heat.heat.length).toBe(9);
  expect(heated.answer.probs).toEqual(answer.answer.probs);
});

test("a photo before the model, and a share without limits, fail in a sentence, and the worker goes on", async () => {
  const wide = golden("pictures/wide.png");
  const replies = await answers([classify(1, wide), load(2), classify(3, wide, { reject: 0.33 }), classify(4, wide)]);
  expect(replies.map(({ kind }) => kind)).toEqual(["failed", "loaded", "failed", "answer"]);
  expect(replies[0]).toMatchObject({ message: "No model is loaded yet." });
});

test("of the frames that wait only the newest is looked at", async () => {
  const closed: number[] = [];
  const frame = (n: number) => ({ close: () => closed.push(n) }) as unknown as ImageBitmap;
  const replies = await answers([load(1), classify(2, frame(2)), classify(3, golden("pictures/dot.png")), classify(4, frame(4)), classify(5, frame(5))]);
  expect(replies.slice(0, 2).map(({ id, kind }) => [id, kind])).toEqual([[2, "done"], [4, "done"]]);
  expect(replies.slice(2).map(({ id }) => id)).toEqual([1, 3, 5]);
  expect(closed).toEqual([2, 4, 5]);
});

test("a model that cannot learn says so", async () => {
  const replies = await answers([load(1), { id: 2, kind: "learn" }, { id: 3, kind: "save" }]);
  expect(replies[1]).toMatchObject({ kind: "failed", code: "cannot-learn" });
  expect(replies[2]).toMatchObject({ kind: "failed", code: "nothing-new" });
});
