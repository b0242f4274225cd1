import { InferenceSession, Tensor } from "onnxruntime-node";
import { type Device, deviceFailed } from "./device.ts";

/** An array that goes into a session or comes out of it. Row-major; [] is a scalar's shape. */
export interface SessionTensor {
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
}

/** A float32 array that a session reads or fills. */
export interface FloatTensor extends SessionTensor {
  readonly data: Float32Array;
}

export interface SessionOptions {
  /** Threads that share one operator's work; 0 leaves the choice to ONNX Runtime (one for each core). */
  readonly threads?: number;
  /** Where to write how long each operator took, as JSON, when the session closes: a path that ONNX Runtime adds the time to. */
  readonly profileAt?: string | undefined;
  /** cpu, unless told otherwise. What a device has no kernel for runs on the CPU. */
  readonly device?: Device | undefined;
}

/** An input of a model as the model declares it; null is a size that it leaves open. */
export interface ModelInput {
  readonly name: string;
  /** "float32", "int64" … */
  readonly type: string;
  readonly shape: readonly (number | null)[];
}

/** An ONNX model ready to run. Holds memory outside JavaScript's heap: close it. */
export interface Session {
  readonly inputs: readonly ModelInput[];
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * The model's outputs by name. The thread is blocked until they are there.
   *
   * feeds: one array for each input; on the CPU they are read in place, not copied.
   * into: arrays that receive the outputs of these names in place; they come back as they are. Others are newly made.
   */
  run(
    feeds: Readonly<Record<string, SessionTensor>>,
    into?: Readonly<Record<string, FloatTensor>>,
  ): Promise<Record<string, FloatTensor>>;
  /** As run, of a model whose outputs may be whole numbers too. @throws Error if an output is of another type. */
  runAny(feeds: Readonly<Record<string, SessionTensor>>): Promise<Record<string, SessionTensor>>;
  close(): Promise<void>;
}

/** A session over the bytes of an ONNX model. @throws InputError DEVICE_FAILED, here and in run, where another device than the CPU fails. */
export async function openSession(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const { profileAt, device = "cpu" } = options;
  const session = await onDevice(device, () => InferenceSession.create(model, createOptions(options)));
  return {
    inputs: session.inputMetadata.flatMap((port) =>
      port.isTensor ? [{ name: port.name, type: port.type, shape: port.shape.map(knownSize) }] : [],
    ),
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, into = {}) {
      const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toTensor(tensor)]));
      const fetches: Record<string, Tensor | null> = {};
      for (const name of session.outputNames) {
        const target = into[name];
        fetches[name] = target ? toTensor(target) : null;
      }
      const outputs = await onDevice(device, () => session.run(inputs, fetches));
      const results: Record<string, FloatTensor> = {};
      for (const [name, tensor] of Object.entries(outputs)) {
        if (!(tensor.data instanceof Float32Array)) throw new Error(`Output ${name} is ${tensor.type}, not float32`);
        const target = into[name];
        if (target) free(tensor.data, target.data);
        results[name] = target ?? { data: tensor.data, shape: tensor.dims };
      }
      return results;
    },
    async runAny(feeds) {
      const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toTensor(tensor)]));
      const outputs = await onDevice(device, () => session.run(inputs));
      return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromTensor(name, tensor)]));
    },
    async close() {
      if (profileAt !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

/** How a session is made on a device. Errors alone are logged; those of a device come as exceptions too. */
export function createOptions({
  threads = 0,
  profileAt,
  device = "cpu",
}: SessionOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    enableMemPattern: false,
    logSeverityLevel: device === "cpu" ? 3 : 4,
    ...(profileAt !== undefined && { enableProfiling: true, profileFilePrefix: profileAt }),
  };
}

/** What some work on a device gives. @throws InputError DEVICE_FAILED where it is not the CPU and fails. */
export async function onDevice<T>(device: Device, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw device === "cpu" ? error : deviceFailed(device, error);
  }
}

export function toTensor({ data, shape }: SessionTensor): Tensor {
  if (data instanceof Float32Array) return new Tensor("float32", data, shape);
  if (data instanceof BigInt64Array) return new Tensor("int64", data, shape);
  if (data instanceof Int32Array) return new Tensor("int32", data, shape);
  return new Tensor("uint8", data, shape);
}

/**
 * Gives back the memory of a result that ONNX Runtime's binding copied although it had its place: those of a training step are as large
 * as the network, and would stay until JavaScript collects its garbage.
 */
function free(copy: Float32Array, place: Float32Array): void {
  if (copy.buffer !== place.buffer && copy.buffer instanceof ArrayBuffer) copy.buffer.transfer(0);
}

function fromTensor(name: string, { data, dims, type }: Tensor): SessionTensor {
  const isKnown =
    data instanceof Float32Array ||
    data instanceof BigInt64Array ||
    data instanceof Int32Array ||
    data instanceof Uint8Array;
  if (isKnown) return { data, shape: dims };
  throw new Error(`Output ${name} is ${type}; float32, int64, int32, uint8 and bool can be read`);
}

/** A size that is not named and not −1. */
function knownSize(size: number | string): number | null {
  return typeof size === "number" && size > 0 ? size : null;
}
