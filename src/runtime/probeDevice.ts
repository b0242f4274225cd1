import { elementCount } from "../graph/tensor.ts";
import { devices, reasonOf } from "./device.ts";
import { trialModel, trialOperations, trialShape } from "./deviceModel.ts";
import { openSession } from "./session.ts";

// A process of its own, so that a driver that takes the process down takes only this one: node probeDevice.ts NAME.
// Prints what it found as a line of JSON.

/** What a probe says. checksum: of the trial's result, which is the same on every device that works. */
export type ProbeResult =
  | { readonly works: true; readonly gflops: number; readonly checksum: number }
  | { readonly works: false; readonly reason: string };

const timedRuns = 2;

async function probe(name: string | undefined): Promise<ProbeResult> {
  const device = devices.find((known) => known === name);
  if (device === undefined) throw new Error(`No device ${name}`);
  try {
    const session = await openSession(trialModel(), { device });
    const filled = (shape: readonly number[]) => ({
      data: Float32Array.from({ length: elementCount(shape) }, (_, i) => ((i * 7919) % 17) / 17 - 0.5),
      shape,
    });
    const feeds = { images: filled(trialShape.images), weight: filled(trialShape.weight) };
    const first = await session.run(feeds);
    let bestMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < timedRuns; i++) {
      const startMs = performance.now();
      await session.run(feeds);
      bestMs = Math.min(bestMs, performance.now() - startMs);
    }
    const checksum = first.maps?.data.reduce((sum, value, i) => sum + value * ((i % 7) - 3), 0) ?? 0;
    return { works: true, gflops: trialOperations / bestMs / 1e6, checksum };
  } catch (error) {
    return { works: false, reason: reasonOf(error instanceof Error && error.cause ? error.cause : error) };
  }
}

process.stdout.write(`${JSON.stringify(await probe(process.argv[2]))}\n`);
// Some drivers fall over when they are unloaded: what was found is said by now.
process.exit(0);
