import { expect, test } from "vitest";

import { Client, PhotoTrouble } from "../../src/page/client";
import { served } from "../../src/page/served";
import { answerOf, Server } from "../../src/page/server";

const MODEL = {
  name: "rocks",
  bundle: "0123456789ab",
  class_names: ["gold", "jasper"],
  preprocessing: { image_size: [224, 224], resize: "crop", crop_pct: 0.94, interpolation: "bilinear", channels: 3 },
  calibration: { method: "temperature", temperature: 1 },
  limits: { reject: 0.05, novelty: 0.5, ambiguous: 0.4, choices: [] },
  sets: null,
  outputs: ["logits"],
};
const ANSWER = {
  predictions: [{ id: "ab", reason: null, top: [{ label: "jasper", probability: 0.9 }, { label: "gold", probability: 0.1 }], novelty: 0.2, set: ["jasper"] }],
};

interface Seen {
  address: string;
  request: RequestInit;
}

/** A server that gives these answers one after another, and what it was asked. */
function double(...answers: (Response | null)[]): { client: Client; server: Server; seen: Seen[]; pauses: number[] } {
  const seen: Seen[] = [];
  const pauses: number[] = [];
  const ask = (address: unknown, request?: RequestInit): Promise<Response> => {
    seen.push({ address: String(address), request: request ?? {} });
    const answer = answers.shift();
    return answer ? Promise.resolve(answer) : Promise.reject(new TypeError("no network"));
  };
  const server = new Server("http://here/v1/models/rocks", ask as typeof fetch, (ms) => {
    pauses.push(ms);
    return Promise.resolve();
  });
  return { client: new Client(server, () => undefined), server, seen, pauses };
}

const json = (document: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(document), { status, headers });
const classify = { kind: "classify" as const, photo: new Blob(["x"], { type: "image/jpeg" }), reject: null, heat: false };
const load = { kind: "load" as const, base: "" };

test("a page without the mark is no served page, and the mark says what there is", () => {
  const here = new URL("http://here/models/rocks/");
  expect(served(null, here)).toBeNull();
  expect(served("device server keeps", here)).toEqual({ api: "http://here/v1/models/rocks", device: true, making: false, keeps: true });
  expect(served("server making", new URL("http://here/models/a.b/index.html?lang=id"))).toMatchObject({
    api: "http://here/v1/models/a.b",
    device: false,
    making: true,
  });
});

test("the server answers as the worker would", async () => {
  const { client, server, seen } = double(json(MODEL), json(ANSWER));
  const loaded = await client.ask(load);
  expect(loaded.manifest.class_names).toEqual(["gold", "jasper"]);
  expect(loaded.canLearn).toBe(false);
  server.keep = true;
  const answered = await client.ask(classify);
  expect(answered.kind === "answer" && answered.answer).toEqual({
    probs: Float32Array.from([0.1, 0.9]),
    novelty: 0.2,
    reason: null,
    candidates: [1],
  });
  expect(answered.kind === "answer" && answered.prediction).toBe("ab");
  expect(seen[1].address).toBe("http://here/v1/models/rocks/predict?top_k=2&keep=true");
  expect(seen[1].request.headers).toEqual({ "Content-Type": "image/jpeg" });
});

test("photos are not kept unless the reader agrees", async () => {
  const { client, seen } = double(json(MODEL), json(ANSWER));
  await client.ask(load);
  await client.ask(classify);
  expect(seen[1].address).not.toContain("keep");
});

test("a busy server is asked again after the pause that it names", async () => {
  const { client, pauses } = double(json(MODEL), json({}, 503, { "Retry-After": "2" }), null, json(ANSWER));
  await client.ask(load);
  await client.ask(classify);
  expect(pauses).toEqual([2000, 2000]);
});

test("a photo that is refused, a server that is away and one that wants a key are told apart", async () => {
  const { client } = double(
    json(MODEL),
    json({ reason: "truncated", detail: "the file ends" }, 422),
    json({ reason: "unauthorized", detail: "" }, 401),
  );
  await client.ask(load);
  for (const code of ["truncated", "server-locked", "server-away"]) {
    await expect(client.ask(classify)).rejects.toMatchObject({ problem: { code } });
  }
  await expect(client.ask(classify)).rejects.toBeInstanceOf(PhotoTrouble);
});

test("classes that an answer leaves out have no share", () => {
  expect(Array.from(answerOf({ top: [{ label: "b", probability: 0.5 }], set: null }, ["a", "b", "c"]).probs)).toEqual([0, 0.5, 0]);
});
