// Five training steps on a device and on the CPU: how far the losses and the weights lie apart. Exits with 1 if losses or, as relative L2, weights are more than 1e-4 apart.
// Without a graphics card it takes SwiftShader, the software device of Debian's package chromium, where that is installed.
//   npm run trial:devices [-- --device webgpu] [--network resnet18] [--px 32] [--batch 8] [--optimiser sgd] [--json]
// Beside it stands what rounding alone does: the CPU against the CPU whose first weights were moved by half a unit in the last place.
// With fewer images of 32 px the last stage's batch norm sees only two or four values of a map, and any rounding, on the CPU too, grows to
// another network within five steps; and Adam moves a weight by up to the whole rate where its gradient is nothing but rounding.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { createRandom, type Random } from "../src/base/random.ts";
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
    rate: { type: "string" },
    epsilon: { type: "string", default: "1e-8" },
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

/** Every weight moved by half a unit in its last place, up or down by chance. */
function nudged(random: Random): StateDict {
  const moved = (data: Float32Array) => data.map((value) => value * (1 + (random.uniform() < 0.5 ? -1 : 1) * 2 ** -24));
  return new Map([...state].map(([name, { shape, data }]) => [name, { shape, data: moved(data) }]));
}

async function train(on: (typeof devices)[number], optimiser: (typeof optimiserNames)[number], from = state) {
  const learner = await openLearner(
    spec,
    { ...start, state: from },
    {
      ...{ batchSize, sizePx, threads: 0, optimiser, device: on, rateShareAt: () => 1, clipNorm: 5 },
      ...{ learningRate: Number(values.rate ?? (optimiser === "sgd" ? 1e-3 : 1e-5)), epsilon: Number(values.epsilon) },
      headLearningRate: null,
      ...{ weightDecay: 1e-4, momentum: 0.9 },
    },
  );
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

type Trained = Awaited<ReturnType<typeof train>>;

/** How far two trainings lie apart: the most of any loss and of any weight, and all weights' relative L2. */
function apart(a: Trained, b: Trained) {
  let [most, squares, own] = [0, 0, 0];
  for (const [name, data] of a.weights) {
    const other = b.weights.get(name);
    for (const [i, value] of data.entries()) {
      const difference = Math.abs(value - (other?.[i] ?? Number.NaN));
      most = Math.max(most, difference);
      squares += difference ** 2;
      own += value ** 2;
    }
  }
  const loss = Math.max(...a.losses.map((value, i) => Math.abs(value - (b.losses[i] ?? Number.NaN))));
  return { loss, relativeL2: Math.sqrt(squares / own), anyWeight: most };
}

const unmoved: Trained = {
  losses: [],
  weights: new Map([...state].map(([name, { data }]) => [name, data.slice()])),
  seconds: 0,
};
const rows = [];
for (const optimiser of optimiserNames.filter((name) => values.optimiser.includes(name))) {
  const here = await train("cpu", optimiser);
  const rounding = apart(here, await train("cpu", optimiser, nudged(createRandom(3))));
  const there = await train(device, optimiser);
  const difference = apart(here, there);
  const isEqual = difference.loss <= limit && difference.relativeL2 <= limit;
  if (!isEqual) process.exitCode = 1;
  const { relativeL2: moved } = apart(here, { ...unmoved, losses: here.losses });
  const [deviceSeconds, cpuSeconds] = [there.seconds, here.seconds];
  rows.push({ optimiser, difference, rounding, moved, isEqual, deviceSeconds, cpuSeconds });
  if (!values.json) console.log(rows.at(-1));
}
if (values.json) console.log(JSON.stringify({ device, gflops: found.gflops, steps, batchSize, sizePx, rows }, null, 2));
process.exit();
