import { InferenceSession, type Tensor } from "onnxruntime-node";
import { deviceFailed } from "./device.ts";
import { createOptions, onDevice, type SessionOptions, type SessionTensor, toTensor } from "./session.ts";

/** An array that a session left on its device, for another session to take. Holds the device's memory: release it. */
export interface DeviceArray {
  readonly shape: readonly number[];
  /** ONNX Runtime's own handle. */
  readonly tensor: Tensor;
  release(): void;
}

/** A model whose arrays can stay on the device between runs. Close it. */
export interface DeviceSession {
  /** feeds: arrays from this machine's memory, or that a session left on the device. */
  run(feeds: Readonly<Record<string, SessionTensor | DeviceArray>>): Promise<DeviceResults>;
  close(): Promise<void>;
}

export interface DeviceResults {
  /** Those outputs that stay on the device. */
  readonly kept: ReadonlyMap<string, DeviceArray>;
  /** The others, in this machine's memory. */
  readonly fetched: ReadonlyMap<string, Float32Array>;
}

/**
 * A session on a WebGPU device, the only one whose arrays ONNX Runtime's package can leave there.
 *
 * keeps: whether an output stays on the device, by its name.
 * @throws InputError DEVICE_FAILED, here and in run.
 */
export async function openDeviceSession(
  model: Uint8Array,
  options: SessionOptions & { readonly keeps: (name: string) => boolean; readonly outputs: readonly string[] },
): Promise<DeviceSession> {
  const { keeps, outputs, ...rest } = options;
  const device = "webgpu";
  const preferredOutputLocation = Object.fromEntries(
    outputs.map((name) => [name, keeps(name) ? ("gpu-buffer" as const) : ("cpu" as const)]),
  );
  const session = await onDevice(device, () =>
    InferenceSession.create(model, { ...createOptions({ ...rest, device }), preferredOutputLocation }),
  );
  return {
    async run(feeds) {
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, array]) => [name, "tensor" in array ? array.tensor : toTensor(array)]),
      );
      const results = await onDevice(device, () => session.run(inputs));
      const kept = new Map<string, DeviceArray>();
      const fetched = new Map<string, Float32Array>();
      for (const [name, tensor] of Object.entries(results)) {
        if (tensor.location === "gpu-buffer") {
          kept.set(name, { shape: tensor.dims, tensor, release: () => tensor.dispose() });
        } else if (tensor.data instanceof Float32Array) {
          fetched.set(name, tensor.data);
        } else {
          throw deviceFailed(device, `Output ${name} is ${tensor.type}, not float32`);
        }
      }
      return { kept, fetched };
    },
    async close() {
      if (rest.profileAt !== undefined) session.endProfiling();
      await session.release();
    },
  };
}
