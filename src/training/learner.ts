import type { NetworkSpec } from "../network/networkSpec.ts";
import type { Device } from "../runtime/device.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { openDeviceStep } from "./deviceStep.ts";
import type { ImageLabel } from "./epochPlan.ts";
import type { Mixture } from "./targets.ts";
import { openTrainingStep, type TrainingStepSettings } from "./trainingStep.ts";

/** A network that learns, wherever it does: what the loop needs of a training step. Close it. */
export interface Learner {
  /** What a batch is; to be filled before each `gather`. */
  readonly images: Float32Array;
  /** Adds the gradient of a batch to what is gathered for the next `move`; returns its loss. */
  gather(labels: readonly ImageLabel[], mixture?: Mixture): Promise<number>;
  /** Moves the weights by the mean of the gradients gathered; returns that mean's length before it is clipped. */
  move(): number | Promise<number>;
  /** The weights, running statistics and moments as they are now; on the CPU views that the next batch changes. */
  snapshot(): Snapshot | Promise<Snapshot>;
  close(): Promise<void>;
}

/** What a checkpoint needs beside the history. */
export type Snapshot = Omit<Checkpoint, "epoch" | "history">;

/**
 * The training step of a network at a checkpoint, on a device: on WebGPU all state stays there; on CUDA it crosses to this machine's
 * memory in each step, because ONNX Runtime's package leaves no arrays there.
 * @throws InputError DEVICE_FAILED.
 */
export function openLearner(
  spec: NetworkSpec,
  checkpoint: Checkpoint,
  settings: TrainingStepSettings & { readonly device?: Device | undefined },
): Promise<Learner> {
  return settings.device === "webgpu"
    ? openDeviceStep(spec, checkpoint, settings)
    : openTrainingStep(spec, checkpoint, settings);
}
