// One side of benchEngine.ts, ours: sets up one workload, then runs it once for each line on its standard input and
// answers with a line of JSON: {"ms", "peakMb"}. Arguments: WORK NETWORK BATCH, where WORK is train, infer, infer8 or matrix.
import { createInterface } from "node:readline";
import { createRandom } from "../src/base/random.ts";
import { encodeModel } from "../src/graph/encodeModel.ts";
import { matmul } from "../src/graph/ops/matmul.ts";
import { input } from "../src/graph/tensor.ts";
import { buildEightBitInference, measureRanges } from "../src/network/eightBit/eightBitInference.ts";
import { buildInference } from "../src/network/inference.ts";
import { initialStateDict } from "../src/network/initialState.ts";
import type { NetworkSpec } from "../src/network/networkSpec.ts";
import { openSession } from "../src/runtime/session.ts";
import { openTrainingStep } from "../src/training/trainingStep.ts";

const sizePx = 224;
const threads = 2;
const random = createRandom("bench");

const [work = "train", network = "resnet18", batchText = "16"] = process.argv.slice(2);
const batch = Number(batchText);
const run = await workload();
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  await run();
  const ms = performance.now() - start;
  console.log(JSON.stringify({ ms, peakMb: process.resourceUsage().maxRSS / 1024 }));
}

async function workload(): Promise<() => Promise<unknown>> {
  if (work === "matrix") return matrixProduct(batch);
  const spec: NetworkSpec = { name: network === "resnet50" ? "resnet50" : "resnet18", classes: 3 };
  const state = initialStateDict(spec, random);
  if (work === "train") return training(spec, state);
  if (work === "infer") return inference(buildInference(spec, state, { sizePx }));
  const seen = [noise(new Float32Array(4 * 3 * sizePx * sizePx))];
  const ranges = await measureRanges(spec, state, seen, { sizePx, threads });
  return inference(buildEightBitInference(spec, state, ranges, { sizePx }));
}

async function training(spec: NetworkSpec, state: ReturnType<typeof initialStateDict>) {
  const checkpoint = { epoch: 0, steps: 0, state, firstMoments: new Map(), secondMoments: new Map(), history: [] };
  const step = await openTrainingStep(spec, checkpoint, {
    ...{ batchSize: batch, sizePx, threads, rateShareAt: () => 1 },
    ...{ learningRate: 1e-4, headLearningRate: null, weightDecay: 0 },
  });
  noise(step.images);
  const labels = Array.from({ length: batch }, (_, i) => i % spec.classes);
  return () => step.learn(labels);
}

async function inference(model: Uint8Array) {
  const session = await openSession(model, { threads });
  const images = { data: noise(new Float32Array(batch * 3 * sizePx * sizePx)), shape: [batch, 3, sizePx, sizePx] };
  return () => session.run({ images });
}

/** The product of two square matrices: what the machine can do at best. */
async function matrixProduct(size: number) {
  const [a, b] = [input("a", [size, size]), input("b", [size, size])];
  const session = await openSession(encodeModel({ inputs: [a, b], outputs: { product: matmul(a, b) } }), { threads });
  const data = noise(new Float32Array(size * size));
  const product = { data: new Float32Array(size * size), shape: [size, size] };
  return () => session.run({ a: { data, shape: [size, size] }, b: { data, shape: [size, size] } }, { product });
}

function noise(array: Float32Array): Float32Array {
  for (let i = 0; i < array.length; i++) array[i] = random.between(-1.7, 1.7);
  return array;
}
