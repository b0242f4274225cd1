import { arch, platform, totalmem } from "node:os";
import { env } from "onnxruntime-node";

/** What a result was computed with, beside Groundglass itself. */
export interface Environment {
  /** Version of Node.js, without the v. */
  readonly node: string;
  /** Version of ONNX Runtime. */
  readonly onnxRuntime: string;
  /** Operating system and processor, such as "linux x64". */
  readonly machine: string;
}

/** What this process computes with. */
export function currentEnvironment(): Environment {
  return {
    node: process.versions.node,
    onnxRuntime: env.versions.node ?? env.versions.common,
    machine: `${platform()} ${arch()}`,
  };
}

/** How much memory this process may use: the machine's, or less where its container is bounded. */
export function memoryBytes(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}
