import { inflateSync, deflateSync } from "node:zlib";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";

import { plainName, textBytes, zipOf } from "../../src/learn/bundle";
import { draw, png } from "../../src/learn/golden";
import { bytesOf, withInitializers } from "../../src/learn/onnx";
import { sha256 } from "../../src/model/sha256";
import type { PageManifest } from "../../src/types";

describe("ONNX", () => {
  it("appends a graph of initializers, field by field", () => {
    const tensor = { name: "w", shape: [1, 300], type: "float32" as const, bytes: bytesOf(Float32Array.of(1.5)) };
    const model = withInitializers(Uint8Array.of(8, 10), [tensor]);
    const inside = [0x08, 1, 0x08, 0xac, 0x02, 0x10, 1, 0x42, 1, 0x77, 0x4a, 4, 0, 0, 0xc0, 0x3f];
    expect([...model]).toEqual([8, 10, 0x3a, inside.length + 2, 0x2a, inside.length, ...inside]);
  });
});

describe("golden pictures", () => {
  it("are PNGs of the very pixels, and differ", () => {
    const picture = draw(3);
    const file = png(picture);
    const view = new DataView(file.buffer);
    expect([...file.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([picture.width, picture.height]);
    const data = file.subarray(41, 41 + view.getUint32(33));
    const lines = inflateSync(data);
    expect(lines.length).toBe(picture.height * (1 + 3 * picture.width));
    expect(Buffer.from(lines.subarray(1, 1 + 3 * picture.width)).equals(Buffer.from(picture.data.subarray(0, 3 * picture.width)))).toBe(true);
    expect(deflateSync(draw(4).data).equals(deflateSync(picture.data))).toBe(false);
    const bright = picture.data.filter((value) => value > 160).length / picture.data.length;
    expect(bright).toBeGreaterThan(0.05);
    expect(bright).toBeLessThan(0.95);
  });
});

describe("the ZIP", () => {
  it("lists the checksum and size of every file", async () => {
    const manifest = { class_names: ["a"], thresholds: {}, calibration: {}, sets: null } as unknown as PageManifest;
    const origin = { name: "rocks-learned", outputs: ["logits"], golden: 0, parameters: 3, provenance: { learned_in: "page" } };
    const zip = unzipSync(await zipOf({ "model.onnx": textBytes("model"), "golden/00.png": textBytes("png") }, manifest, origin));
    expect(Object.keys(zip).sort()).toEqual(["rocks-learned/golden/00.png", "rocks-learned/kenali.json", "rocks-learned/model.onnx"]);
    const written = JSON.parse(new TextDecoder().decode(zip["rocks-learned/kenali.json"]));
    expect(written.files["model.onnx"]).toEqual({ sha256: await sha256(textBytes("model")), size: 5 });
    expect(Object.keys(written.files)).not.toContain("kenali.json");
  });

  it("gets a name that every file system takes", () => {
    expect(plainName("../My rocks: 5")).toBe("My-rocks-5");
    expect(plainName("///")).toBe("bundle");
  });
});
