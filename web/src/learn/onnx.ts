/** Writing the missing weights of an ONNX graph.
 *
 * Protocol buffers merge by concatenation: a message `graph` that holds only initializers, appended to a model's bytes, adds
 * these to its graph. So the page completes `rebuild.onnx` without reading it. Field numbers are those of `onnx.proto`.
 */

const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 };
const DATA_TYPE = { float32: 1, int8: 3, int32: 6, int64: 7, float16: 10 };

/** A constant of the graph: its bytes are little-endian numbers in the order of `shape`. */
export interface Initializer {
  name: string;
  shape: number[];
  type: keyof typeof DATA_TYPE;
  bytes: Uint8Array;
}

/** A model's bytes with further initializers in its graph. */
export function withInitializers(model: Uint8Array, initializers: Initializer[]): Uint8Array<ArrayBuffer> {
  const graph = initializers.flatMap((one) => lengthDelimited(GRAPH_INITIALIZER, tensor(one)));
  return joined([model, ...lengthDelimited(MODEL_GRAPH, graph)]);
}

/** The bytes of numbers as they lie in memory; every platform with WebAssembly is little-endian. */
export function bytesOf(numbers: ArrayBufferView): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function tensor({ name, shape, type, bytes }: Initializer): Uint8Array[] {
  return [
    ...shape.flatMap((side) => integer(TENSOR.dims, side)),
    ...integer(TENSOR.dataType, DATA_TYPE[type]),
    ...lengthDelimited(TENSOR.name, [new TextEncoder().encode(name)]),
    ...lengthDelimited(TENSOR.rawData, [bytes]),
  ];
}

function integer(field: number, value: number): Uint8Array[] {
  return [varint(field << 3), varint(value)];
}

function lengthDelimited(field: number, parts: Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [varint((field << 3) | 2), varint(length), ...parts];
}

/** Seven bits a byte, the lowest first, the highest bit set but in the last. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
