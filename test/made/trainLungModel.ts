import { createRandom } from "../../src/base/random.ts";
import {
  add,
  concat,
  constant,
  conv2d,
  crossEntropy,
  encodeModel,
  expand,
  gradient,
  input,
  permute,
  relu,
  reshape,
  type Tensor,
} from "../../src/graph/index.ts";
import type { StateDict, StateEntry } from "../../src/network/stateDict.ts";
import type { DrawnStudy } from "../../src/phantom/drawStudy.ts";
import { openSession } from "../../src/runtime/session.ts";
import { createOptimiser } from "../../src/training/optimiser.ts";

/** Rows and columns of what the network takes and gives. */
export const modelPx = 32;
const batch = 8;
const classes = 3;

/** Each layer's [maps out, maps in, kernel, kernel]. */
const layers = {
  fine: [8, 1, 3, 3],
  down1: [12, 1, 3, 3],
  down2: [24, 12, 3, 3],
  deep: [24, 24, 3, 3],
  context: [8, 24, 1, 1],
  mix: [16, 16, 3, 3],
  last: [classes, 16, 1, 1],
} as const;

type Weights = ReadonlyMap<string, Tensor>;

/** Logits [N, 3, 32, 32] of slices [N, 1, 32, 32]: what is near a pixel beside what is around it, seen at a quarter. */
function network(x: Tensor, weights: Weights): Tensor {
  const layer = (name: keyof typeof layers, from: Tensor, stride = 1) => {
    const [weight, bias] = [weights.get(`${name}.weight`)!, weights.get(`${name}.bias`)!];
    return conv2d(from, weight, { bias, stride, padding: layers[name][2] === 3 ? 1 : 0 });
  };
  const fine = relu(layer("fine", x));
  let around = relu(layer("down1", x, 2));
  around = relu(layer("down2", around, 2));
  around = add(around, relu(layer("deep", around)));
  const mixed = relu(layer("mix", concat([fine, enlarged(layer("context", around), 4)], 1)));
  return layer("last", mixed);
}

/** Each pixel repeated along rows and columns. */
function enlarged(x: Tensor, times: number): Tensor {
  const [n, maps, rows, columns] = x.shape as [number, number, number, number];
  const apart = reshape(x, [n, maps, rows, 1, columns, 1]);
  return reshape(expand(apart, [n, maps, rows, times, columns, times]), [n, maps, rows * times, columns * times]);
}

/** HU as the network takes it. */
export const window = { lowHu: -1000, highHu: 200 };

/**
 * A small network that labels right (1) and left lung (2), trained from random weights on slices of phantoms by Adam, as ONNX.
 *
 * studies: of slices of 64²; steps: how many batches of 8 slices it learns from.
 */
export async function trainLungModel(studies: readonly DrawnStudy[], steps: number): Promise<Uint8Array> {
  const random = createRandom("lung model");
  const adam = createOptimiser(initialWeights(), {
    learningRate: 0.01,
    headLearningRate: null,
    weightDecay: 0,
  });
  const session = await openSession(trainingStep(), { threads: 2 });
  const pixels = modelPx * modelPx;
  const examples = studies.flatMap(halved);
  for (let step = 0; step < steps; step++) {
    const images = new Float32Array(batch * pixels);
    const labels = new BigInt64Array(batch * pixels);
    for (let i = 0; i < batch; i++) {
      const example = random.pick(examples);
      images.set(example.image, i * pixels);
      labels.set(example.labels, i * pixels);
    }
    const feeds = Object.fromEntries([...adam.weights].map(([name, { data, shape }]) => [name, { data, shape }]));
    const results = await session.run({
      ...feeds,
      images: { data: images, shape: [batch, 1, modelPx, modelPx] },
      labels: { data: labels, shape: [batch * pixels] },
    });
    for (const [name, { data }] of adam.gradients) data.set(results[`d ${name}`]!.data);
    adam.step(1 - step / steps);
  }
  await session.close();
  const x = input("images", [batch, 1, modelPx, modelPx]);
  const weights = new Map([...adam.weights].map(([name, { data, shape }]) => [name, constant(data.slice(), shape)]));
  return encodeModel({ inputs: [x], outputs: { logits: network(x, weights) } });
}

interface Example {
  /** 0 … 1 over the window, [32, 32]. */
  readonly image: Float32Array;
  /** 0 outside, 1 right lung, 2 left lung, [32, 32]. */
  readonly labels: BigInt64Array;
}

/** A study's slices at half their size: means of four pixels, and lung where two of the four are. */
function halved({ volume, lungs }: DrawnStudy): Example[] {
  const side = 2 * modelPx;
  return Array.from({ length: volume.shape[0] }, (_, z) => {
    const image = new Float32Array(modelPx * modelPx);
    const labels = new BigInt64Array(modelPx * modelPx);
    for (let i = 0; i < image.length; i++) {
      const first = (z * side + 2 * Math.floor(i / modelPx)) * side + 2 * (i % modelPx);
      const four = [first, first + 1, first + side, first + side + 1];
      image[i] = four.reduce((sum, at) => sum + share(volume.voxels[at]!), 0) / 4;
      const inside = four.map((at) => lungs[at]!).filter((label) => label > 0);
      labels[i] = BigInt(inside.length < 2 ? 0 : inside[0]!);
    }
    return { image, labels };
  });
}

function share(hu: number): number {
  return (Math.min(window.highHu, Math.max(window.lowHu, hu)) - window.lowHu) / (window.highHu - window.lowHu);
}

function trainingStep(): Uint8Array {
  const images = input("images", [batch, 1, modelPx, modelPx]);
  const labels = input("labels", [batch * modelPx * modelPx], "int64");
  const weights = new Map([...initialWeights()].map(([name, { shape }]) => [name, input(name, shape)]));
  const logits = permute(network(images, weights), [0, 2, 3, 1]);
  const loss = crossEntropy(reshape(logits, [batch * modelPx * modelPx, classes]), labels, [1, 2, 2]);
  const gradients = gradient(loss, [...weights.values()]);
  const outputs = [...weights.keys()].map((name, i) => [`d ${name}`, gradients[i]!] as const);
  return encodeModel({ inputs: [images, labels, ...weights.values()], outputs: Object.fromEntries(outputs) });
}

/** He's initialisation. */
function initialWeights(): StateDict {
  const random = createRandom("initial weights");
  return new Map(
    Object.entries(layers).flatMap(([name, [out, from, rows, columns]]): [string, StateEntry][] => {
      const spread = Math.sqrt(2 / (from * rows * columns));
      const weight = Float32Array.from({ length: out * from * rows * columns }, () => spread * random.normal());
      return [
        [`${name}.weight`, { data: weight, shape: [out, from, rows, columns] }],
        [`${name}.bias`, { data: new Float32Array(out), shape: [out] }],
      ];
    }),
  );
}
