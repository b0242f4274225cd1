import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { listSupportedBackends } from "onnxruntime-node";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { workerUrl } from "../base/worker.ts";
import { type Device, devices } from "./device.ts";
import type { ProbeResult } from "./probeDevice.ts";

/** What a device does here. */
export interface FoundDevice {
  readonly device: Device;
  readonly works: boolean;
  /** How fast it convolves, in thousand millions of operations a second, copies to and fro included; null where it does not work. */
  readonly gflops: number | null;
  /** Why it does not work; null where it does. */
  readonly reason: string | null;
  /** What would make it work; null where nothing is missing. */
  readonly remedy: string | null;
}

const probeSchema: z.ZodType<ProbeResult> = z.discriminatedUnion("works", [
  z.object({ works: z.literal(true), gflops: z.number(), checksum: z.number() }),
  z.object({ works: z.literal(false), reason: z.string() }),
]);

/** Longer than a driver takes to compile a convolution, on a software device and a busy machine too. */
const patienceMs = 60_000;

/** How far the trial's checksum, a sum of some 200,000 numbers, may lie from the CPU's. */
const checksumTolerance = 0.1;

/**
 * Every device that this program can use, tried out: each runs a convolution in a process of its own, and must give what the CPU gives.
 */
export async function findDevices(asked: readonly Device[] = devices): Promise<FoundDevice[]> {
  const known: readonly string[] = listSupportedBackends().map(({ name }) => name);
  const cpu = await probe("cpu");
  const found: FoundDevice[] = [];
  for (const device of asked) {
    if (!known.includes(device)) {
      found.push(
        missing(device, `ONNX Runtime's package for ${process.platform} ${process.arch} has no such provider.`),
      );
      continue;
    }
    const result = device === "cpu" ? cpu : await probe(device);
    if (!result.works) {
      found.push(missing(device, result.reason));
    } else if (cpu.works && !(Math.abs(result.checksum - cpu.checksum) <= checksumTolerance)) {
      found.push(missing(device, "It convolves, but not to the numbers that the CPU gives."));
    } else {
      found.push({ device, works: true, gflops: result.gflops, reason: null, remedy: null });
    }
  }
  return found;
}

/** What --device may ask for. */
export const deviceChoices = [...devices, "auto"] as const;

/**
 * The device that a text asks for: one by name, tried out; auto: the one that convolves fastest; nothing: the CPU.
 * @throws InputError OPTION_INVALID, DEVICE_UNAVAILABLE.
 */
export async function chooseDevice(asked: string | undefined): Promise<Device> {
  if (asked === undefined || asked === "cpu") return "cpu";
  if (asked === "auto") {
    const working = (await findDevices()).filter(({ works }) => works);
    return working.toSorted((a, b) => (b.gflops ?? 0) - (a.gflops ?? 0))[0]?.device ?? "cpu";
  }
  const device = devices.find((name) => name === asked);
  if (device === undefined) {
    throw new InputError("OPTION_INVALID", `--device is "${asked}"; it may be ${deviceChoices.join(", ")}.`);
  }
  const [found] = await findDevices([device]);
  if (found?.works) return device;
  throw new InputError(
    "DEVICE_UNAVAILABLE",
    `The device ${device} does not work here: ${found?.reason ?? ""} ${found?.remedy ?? ""} Or leave --device out: the CPU does the same work.`,
  );
}

const remedies: Readonly<Record<Device, string>> = {
  cpu: "Install ONNX Runtime's package anew: npm ci.",
  webgpu:
    "It needs a graphics card with its driver: Vulkan on Linux (see vulkaninfo), Direct3D 12 on Windows, Metal on a Mac. ONNX Runtime has it for x64 on Linux only.",
  cuda: "It needs Linux x64, an NVIDIA card, CUDA 12 with cuDNN 9, and ONNX Runtime's library for it: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node.",
};

function missing(device: Device, reason: string): FoundDevice {
  return { device, works: false, gflops: null, reason, remedy: remedies[device] };
}

/** Tries a device in a process of its own. Never throws: a driver may take that process down. */
function probe(device: Device): Promise<ProbeResult> {
  const file = fileURLToPath(workerUrl(import.meta.url, "probeDevice"));
  return new Promise((resolve) => {
    execFile(process.execPath, [file, device], { timeout: patienceMs }, (error, stdout) => {
      const parsed = probeSchema.safeParse(parseLine(stdout));
      if (parsed.success) resolve(parsed.data);
      else if (error?.killed) resolve({ works: false, reason: `It gave no answer within ${patienceMs / 1000} s.` });
      else
        resolve({
          works: false,
          reason: `Its driver ended the process (${error?.signal ?? `exit code ${error?.code}`}).`,
        });
    });
  });
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text.trim().split("\n").at(-1) ?? "");
  } catch {
    return undefined;
  }
}
