// Five training steps on a device and on the CPU: how far the losses and the weights lie apart, and beside them the gradients of one step.
// Exits with 1 if losses or, as relative L2, weights are more than 1e-4 apart. Without a graphics card it takes SwiftShader, the software
// device of Debian's package chromium, where that is installed.
//   npm run trial:devices [-- --device webgpu] [--network resnet18] [--px 32] [--batch 8] [--optimiser sgd] [--json]
// Two things are chosen, both on the CPU before the device is asked. The batches: of up to 40 random ones for each step the first from which
// all that enters a ReLU, and the lead of the largest number in each window of the pooling, stays three times further from 0 than rounding
// reaches, or else the furthest (trialDevicesClearance.ts). One pixel that rounding switches puts a gradient off by 0.4 %, on a CPU too: a fact
// about ReLUs, not about the device. --candidates 1 takes the batches as they come. The rate of Adam and AdamW: they move a weight by up to the
// whole rate where its gradient is nothing but rounding; at the usual rate, 2.1e-4, the CPU's losses lie up to 2e-3 from its own after rounding.
// SGD has the usual rate of a batch of 8.
// Beside each row stands what rounding alone does: the CPU against the CPU whose first weights were moved by half a unit in the last place.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { createRandom, type Random } from "../src/base/random.ts";
import { initialStateDict } from "../src/network/initialState.ts";
import { networkNames } from "../src/network/networkSpec.ts";
import { isTrainable, type StateDict } from "../src/network/stateDict.ts";
import { buildTrainingStep } from "../src/network/trainingStep.ts";
import { findBlockSize } from "../src/runtime/blockSize.ts";
import { type Device, devices } from "../src/runtime/device.ts";
import { findDevices } from "../src/runtime/findDevices.ts";
import { openSession } from "../src/runtime/session.ts";
import { type Learner, openLearner } from "../src/training/learner.ts";
import { optimiserNames } from "../src/training/optimiser.ts";
import { type ClearBatch, findClearBatch, openSwitches } from "./trialDevicesClearance.ts";

const { values } = parseArgs({
  options: {
    device: { type: "string", default: "webgpu" },
    network: { type: "string", default: "resnet18" },
    px: { type: "string", default: "32" },
    batch: { type: "string", default: "8" },
    steps: { type: "string", default: "5" },
    rate: { type: "string" },
    epsilon: { type: "string", default: "1e-8" },
    candidates: { type: "string", default: "40" },
    optimiser: { type: "string", multiple: true, default: [...optimiserNames] },
    json: { type: "boolean", default: false },
  },
});
const limit = 1e-4;
/** How many times further than rounding reaches a batch's switches shall stay away. */
const enough = 3;
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

const shape = [batchSize, 3, sizePx, sizePx];
const numbers = batchSize * 3 * sizePx * sizePx;
const switches = await openSwitches(spec, shape);
const nudged = nudge(state, createRandom(3));
const labelsOf = (step: number) => Array.from({ length: batchSize }, (_, i) => (i + step) % 2);

/** Every weight moved by half a unit in its last place, up or down by chance. */
function nudge(weights: StateDict, random: Random): StateDict {
  const moved = (data: Float32Array) => data.map((value) => value * (1 + (random.uniform() < 0.5 ? -1 : 1) * 2 ** -24));
  return new Map([...weights].map(([name, entry]) => [name, { shape: entry.shape, data: moved(entry.data) }]));
}

/** A batch for a step from which the switches of two trainings, which only rounding set apart, stay away. */
async function batchFor(step: number, states: readonly [StateDict, StateDict]): Promise<ClearBatch> {
  const random = createRandom(2).fork(`step ${step}`);
  const batch = await findClearBatch(switches, states, {
    candidates: Number(values.candidates),
    enough,
    numbers,
    random,
  });
  console.error(`step ${step + 1}: a batch with a clearance of ${batch.clearance.toFixed(1)}`);
  return batch;
}

type Optimiser = (typeof optimiserNames)[number];

function open(on: Device, optimiser: Optimiser, from: StateDict): Promise<Learner> {
  return openLearner(
    spec,
    { ...start, state: from },
    {
      ...{ batchSize, sizePx, threads: 0, optimiser, device: on, rateShareAt: () => 1, clipNorm: 5 },
      ...{ learningRate: rateOf(optimiser), epsilon: Number(values.epsilon), headLearningRate: null },
      ...{ weightDecay: 1e-4, momentum: 0.9 },
    },
  );
}

function rateOf(optimiser: Optimiser): number {
  return Number(values.rate ?? (optimiser === "sgd" ? 1.5e-2 : 5e-5));
}

/** One step, and the loss before it. */
async function learn(learner: Learner, step: number, { images }: ClearBatch): Promise<number> {
  learner.images.set(images);
  const loss = await learner.gather(labelsOf(step));
  await learner.move();
  return loss;
}

/** The weights, and apart from them the running statistics, which are larger and would hide them. */
async function arraysOf(learner: Learner): Promise<Pick<Trained, "weights" | "statistics">> {
  const { state: after } = await learner.snapshot();
  // The CPU's arrays are views that go with the learner.
  const arrays = [...after].map(([name, { data }]) => [name, data.slice()] as const);
  return {
    weights: new Map(arrays.filter(([name]) => isTrainable(name))),
    statistics: new Map(arrays.filter(([name]) => !isTrainable(name))),
  };
}

/** The steps on the CPU from the first weights and from the nudged ones, and the batches that were found for them. */
async function trainHere(optimiser: Optimiser) {
  const [one, other] = [await open("cpu", optimiser, state), await open("cpu", optimiser, nudged)];
  const batches: ClearBatch[] = [];
  const losses: [number[], number[]] = [[], []];
  let seconds = 0;
  for (let step = 0; step < steps; step++) {
    const states = [(await one.snapshot()).state, (await other.snapshot()).state] as const;
    const batch = step === 0 ? firstBatch : await batchFor(step, states);
    batches.push(batch);
    const startMs = performance.now();
    losses[0].push(await learn(one, step, batch));
    seconds += (performance.now() - startMs) / 1000;
    losses[1].push(await learn(other, step, batch));
  }
  const here: Trained = { losses: losses[0], ...(await arraysOf(one)), seconds };
  const control: Trained = { losses: losses[1], ...(await arraysOf(other)), seconds };
  for (const learner of [one, other]) await learner.close();
  return { here, control, batches };
}

/** The same steps on the device. */
async function trainThere(optimiser: Optimiser, batches: readonly ClearBatch[]): Promise<Trained> {
  const learner = await open(device, optimiser, state);
  const losses: number[] = [];
  const startMs = performance.now();
  for (const [step, batch] of batches.entries()) {
    losses.push(await learn(learner, step, batch));
    console.error(`${optimiser}, ${device}: step ${step + 1} of ${steps}, loss ${losses.at(-1)}`);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const arrays = await arraysOf(learner);
  await learner.close();
  return { losses, ...arrays, seconds };
}

/** The gradients of the first step, all of them, from a session that gives them. */
async function gradientsOn(on: Device, from: StateDict): Promise<ReadonlyMap<string, Float32Array>> {
  const way = on === "cpu" ? { block: await findBlockSize() } : { isPortable: true };
  const { model } = buildTrainingStep(spec, { batch: batchSize, sizePx, ...way });
  const session = await openSession(model, { device: on });
  const labels = { data: BigInt64Array.from(labelsOf(0), BigInt), shape: [batchSize] };
  const results = await session.run({
    images: { data: firstBatch.images, shape },
    labels,
    ...Object.fromEntries(from),
  });
  const gradients = Object.entries(results).filter(([name]) => name.startsWith("gradient/"));
  const kept = new Map(gradients.map(([name, { data }]) => [name, data.slice()]));
  await session.close();
  return kept;
}

interface Trained {
  readonly losses: readonly number[];
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly statistics: ReadonlyMap<string, Float32Array>;
  readonly seconds: number;
}

/** How far arrays lie apart: the most of any number, and all of them as relative L2. */
function arraysApart(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>) {
  let [most, squares, own] = [0, 0, 0];
  for (const [name, data] of a) {
    const other = b.get(name);
    for (let i = 0; i < data.length; i++) {
      const [value, difference] = [data[i] ?? 0, Math.abs((data[i] ?? 0) - (other?.[i] ?? Number.NaN))];
      most = Math.max(most, difference);
      squares += difference ** 2;
      own += value ** 2;
    }
  }
  return { most, relativeL2: Math.sqrt(squares / own) };
}

/** How far two trainings lie apart: the most of any loss and of any weight; of all weights, and of the running statistics, the relative L2. */
function apart(a: Trained, b: Trained) {
  const { most, relativeL2 } = arraysApart(a.weights, b.weights);
  const loss = Math.max(...a.losses.map((value, i) => Math.abs(value - (b.losses[i] ?? Number.NaN))));
  return { loss, relativeL2, anyWeight: most, statistics: arraysApart(a.statistics, b.statistics).relativeL2 };
}

const firstBatch = await batchFor(0, [state, nudged]);
const first = await gradientsOn("cpu", state);
const gradients = {
  relativeL2: arraysApart(first, await gradientsOn(device, state)).relativeL2,
  rounding: arraysApart(first, await gradientsOn("cpu", nudged)).relativeL2,
};
if (!values.json) console.log({ gradients });

const unmoved = new Map([...state].map(([name, { data }]) => [name, data] as const));
const rows = [];
for (const optimiser of optimiserNames.filter((name) => values.optimiser.includes(name))) {
  const { here, control, batches } = await trainHere(optimiser);
  const there = await trainThere(optimiser, batches);
  const [difference, rounding] = [apart(here, there), apart(here, control)];
  const isEqual = difference.loss <= limit && difference.relativeL2 <= limit;
  if (!isEqual) process.exitCode = 1;
  const clearances = batches.map(({ clearance }) => Number(clearance.toPrecision(3)));
  const moved = arraysApart(here.weights, unmoved).relativeL2;
  const [rate, deviceSeconds, cpuSeconds] = [rateOf(optimiser), there.seconds, here.seconds];
  rows.push({ optimiser, rate, difference, rounding, moved, isEqual, clearances, deviceSeconds, cpuSeconds });
  if (!values.json) console.log(rows.at(-1));
}
const result = { device, gflops: found.gflops, steps, batchSize, sizePx, gradients, rows };
if (values.json) console.log(JSON.stringify(result, null, 2));
process.exit();
