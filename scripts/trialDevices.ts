// Five training steps on a device and on the CPU: how far the losses and the weights lie apart. Exits with 1 if that is more than 1e-4.
// Without a graphics card it takes SwiftShader, the software device of Debian's package chromium, where that is installed.
//   npm run trial:devices [-- --device webgpu] [--network resnet18] [--px 32] [--batch 8] [--optimiser sgd] [--json]
// With fewer images of 32 px the last stage's batch norm sees only two or four values of a map, and any rounding, on the CPU too, grows to
// another network within five steps.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { createRandom } from "../src/base/random.ts";
import { initialStateDict } from "../src/network/initialState.ts";
import { networkNames } from "../src/network/networkSpec.ts";
import type { StateDict } from "../src/network/stateDict.ts";
import { devices } from "../src/runtime/device.ts";
import { findDevices } from "../src/runtime/findDevices.ts";
import { openLearner } from "../src/training/learner.ts";
import { optimiserNames } from "../src/training/optimiser.ts";

const { values } = parseArgs({
  options: {
    device: { type: "string", default: "webgpu" },
    network: { type: "string", default: "resnet18" },
    px: { type: "string", default: "32" },
    batch: { type: "string", default: "8" },
    steps: { type: "string", default: "5" },
    optimiser: { type: "string", multiple: true, default: [...optimiserNames] },
    json: { type: "boolean", default: false },
  },
});
const limit = 1e-4;
const software = "/usr/lib/chromium/vk_swiftshader_icd.json";
const device = devices.find((name) => name === values.device) ?? "webgpu";
let [found] = await findDevices([device]);
if (!found?.works && existsSync(software)) {
  console.error(`${device} does not work by itself: ${found?.reason} Taking SwiftShader.`);
  process.env.VK_ICD_FILENAMES = software;
  [found] = await findDevices([device]);
}
if (!found?.works) throw new Error(`${device} does not work here: ${found?.reason} ${found?.remedy}`);

const [batchSize, sizePx, steps] = [Number(values.batch), Number(values.px), Number(values.steps)];
const spec = { name: networkNames.find((name) => name === values.network) ?? "resnet18", classes: 2 } as const;
const state = initialStateDict(spec, createRandom(1));
const none: StateDict = new Map();
const start = { epoch: 0, steps: 0, state, firstMoments: none, secondMoments: none, history: [] };

async function train(on: (typeof devices)[number], optimiser: (typeof optimiserNames)[number]) {
  const learner = await openLearner(spec, start, {
    ...{ batchSize, sizePx, threads: 0, optimiser, device: on, rateShareAt: () => 1, clipNorm: 5 },
    // With its usual 1e-8 Adam moves a weight by the whole rate even where its gradient is nothing but rounding.
    ...{ learningRate: optimiser === "sgd" ? 1e-3 : 1e-4, epsilon: 1e-3, headLearningRate: null },
    ...{ weightDecay: 1e-4, momentum: 0.9 },
  });
  const random = createRandom(2);
  const losses: number[] = [];
  const startMs = performance.now();
  for (let step = 0; step < steps; step++) {
    for (const i of learner.images.keys()) learner.images[i] = random.normal();
    losses.push(await learner.gather(Array.from({ length: batchSize }, (_, i) => (i + step) % 2)));
    await learner.move();
    console.error(`${optimiser}, ${on}: step ${step + 1} of ${steps}, loss ${losses.at(-1)}`);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const { state: after } = await learner.snapshot();
  // The CPU's arrays are views that go with the learner.
  const weights = new Map([...after].map(([name, { data }]) => [name, data.slice()]));
  await learner.close();
  return { losses, weights, seconds };
}

const rows = [];
for (const optimiser of optimiserNames.filter((name) => values.optimiser.includes(name))) {
  const [there, here] = [await train(device, optimiser), await train("cpu", optimiser)];
  const lossApart = Math.max(...there.losses.map((loss, i) => Math.abs(loss - (here.losses[i] ?? Number.NaN))));
  let [weightsApart, moved] = [0, 0];
  for (const [name, data] of here.weights) {
    const first = state.get(name)?.data ?? data;
    for (const [i, value] of data.entries()) {
      weightsApart = Math.max(weightsApart, Math.abs(value - (there.weights.get(name)?.[i] ?? Number.NaN)));
      if (!name.includes("running")) moved = Math.max(moved, Math.abs(value - (first[i] ?? Number.NaN)));
    }
  }
  const isEqual = lossApart <= limit && weightsApart <= limit;
  if (!isEqual) process.exitCode = 1;
  rows.push({
    optimiser,
    lossApart,
    weightsApart,
    moved,
    isEqual,
    deviceSeconds: there.seconds,
    cpuSeconds: here.seconds,
  });
  if (!values.json) console.log(rows.at(-1));
}
if (values.json) console.log(JSON.stringify({ device, gflops: found.gflops, steps, batchSize, sizePx, rows }, null, 2));
process.exit();
