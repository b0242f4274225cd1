/**
 * A device named webgpu that computes on the CPU, put in at the boundary of ONNX Runtime: a model that is opened on webgpu is opened on the
 * CPU, and what should stay on the device is held here behind a handle that only these sessions can read. All of Groundglass's own code for
 * devices runs as it would with a graphics card; only the card is not there.
 *
 * As a preload it is for a process with its threads and those that it starts: NODE_OPTIONS="--import …/standInDevice.ts", and
 * DEVICE_LOST_AT tells in which run of a training step the device is lost.
 */
import { InferenceSession, type Tensor } from "onnxruntime-node";

/**
 * Puts the device in and returns how to take it out. lostAt: the run of a training step, counted from 1 in this thread, in which the device
 * is lost; the runs after it fail too.
 */
export function putInDevice(lostAt = Number.POSITIVE_INFINITY): () => void {
  const before = InferenceSession.create;
  let steps = 0;
  async function create(model: Uint8Array, options: InferenceSession.SessionOptions = {}): Promise<InferenceSession> {
    const { preferredOutputLocation: places, executionProviders, ...rest } = options;
    if (!executionProviders?.includes("webgpu")) return before.call(InferenceSession, model, options);
    const session = await before.call(InferenceSession, model, { ...rest, executionProviders: ["cpu"] });
    const isKept = (name: string) => typeof places === "object" && places[name] === "gpu-buffer";
    const run = session.run.bind(session) as Run;
    const runHere: Run = async (feeds, ...more) => {
      if (session.outputNames.includes("loss")) steps += 1;
      if (steps >= lostAt) throw new Error("The device was lost, as a test asked");
      const read = Object.entries(feeds).map(([name, x]) => [name, x instanceof HeldTensor ? x.read() : x]);
      const results = await run(Object.fromEntries(read), ...more);
      const given = Object.entries(results).map(([name, x]) => [name, isKept(name) ? new HeldTensor(x as Tensor) : x]);
      return Object.fromEntries(given);
    };
    return Object.assign(session, { run: runHere });
  }
  Object.assign(InferenceSession, { create });
  return () => Object.assign(InferenceSession, { create: before });
}

type Run = (feeds: Readonly<Record<string, unknown>>, ...more: unknown[]) => Promise<Record<string, unknown>>;

/** What ONNX Runtime's own handle of an array on a device shows. */
class HeldTensor {
  readonly location = "gpu-buffer";
  readonly dims: readonly number[];
  #held: Tensor | null;

  constructor(held: Tensor) {
    this.dims = held.dims;
    this.#held = held;
  }

  read(): Tensor {
    if (this.#held === null) throw new Error("This array was released");
    return this.#held;
  }

  dispose(): void {
    this.#held = null;
  }
}

const lostAt = process.env.DEVICE_LOST_AT;
if (lostAt !== undefined) putInDevice(Number(lostAt));
