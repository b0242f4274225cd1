import { InputError } from "../base/errors.ts";

/** What a model runs on. webgpu: a graphics card through Vulkan, Metal or Direct3D; cuda: NVIDIA's own library. */
export const devices = ["cpu", "webgpu", "cuda"] as const;

export type Device = (typeof devices)[number];

/**
 * What a command says when a device fails while it works; the first line of what ONNX Runtime said is in it.
 *
 * The code is DEVICE_FAILED, so that the user, who alone can repair a driver, is told what to do.
 */
export function deviceFailed(device: Device, cause: unknown): InputError {
  return new InputError(
    "DEVICE_FAILED",
    `The device ${device} failed: ${reasonOf(cause)} Run the same command with --device cpu: a training goes on from its last whole epoch. A smaller --batch may fit where memory ran out; groundglass devices tells what works here.`,
    { cause },
  );
}

/** What ONNX Runtime says, as one sentence without the places in its own source. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split("\n").find((part) => part.trim() !== "") ?? "no reason was given";
  const plain = line
    .replace(/^\S*\/onnxruntime_src\/\S+:\d+\s*/, "")
    .replace(/^[\w:]+\(.*?\)(::<lambda\(\)>)?\s+\S+ == \S+ was false\.\s*/, "")
    .trim();
  return /[.!?]$/.test(plain) ? plain : `${plain}.`;
}
