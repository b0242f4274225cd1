import { encodeModel } from "../graph/encodeModel.ts";
import { add } from "../graph/ops/arithmetic.ts";
import { apply, input, type Shape, type Tensor } from "../graph/tensor.ts";
import { frozenShape } from "../network/frozenPart.ts";
import type { NetworkSpec } from "../network/networkSpec.ts";
import { isBehind } from "../network/stages.ts";
import { isTrainable, type StateDict, sizeOf } from "../network/stateDict.ts";
import { buildTrainingStep } from "../network/trainingStep.ts";
import { type DeviceArray, type DeviceSession, openDeviceSession } from "../runtime/deviceSession.ts";
import type { SessionTensor } from "../runtime/session.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Learner } from "./learner.ts";
import { arrayPrefixes, buildOptimiser, groupNumbers, nextPrefix } from "./optimiserGraph.ts";
import { parameterGroups } from "./parameterGroups.ts";
import type { TrainingStepSettings } from "./trainingStep.ts";
import { truthFeed } from "./truthFeed.ts";

/**
 * A network that learns on a WebGPU device: weights, running statistics, gradients and the optimiser's moments stay there from step to
 * step; images, labels and a few numbers go in, the loss and the gradient's length come out. Close it.
 *
 * The arithmetic is the CPU's step's, in ops that every device has; sums are added in another order.
 * @throws InputError DEVICE_FAILED.
 */
export async function openDeviceStep(
  spec: NetworkSpec,
  checkpoint: Checkpoint,
  settings: TrainingStepSettings,
): Promise<Learner> {
  const { batchSize, sizePx, threads, classWeights, rateShareAt, border = null, thawedAt, profileAt } = settings;
  const truth = truthFeed(spec, settings);
  const learned = [...checkpoint.state].filter(([name]) => isBehind(name, border));
  const trained = learned.filter(([name]) => isTrainable(name));
  const running = learned.filter(([name]) => !isTrainable(name)).map(([name]) => name);
  const groups = parameterGroups(trained, settings, thawedAt);
  const shapes = new Map(learned.map(([name, { shape }]) => [name, shape]));
  const shapeOf = (name: string): Shape => shapes.get(name) ?? [];
  const isSgd = settings.optimiser === "sgd";

  const graph = buildTrainingStep(spec, {
    ...{ batch: batchSize, sizePx, behind: border, hasTargets: truth.hasTargets, isPortable: true },
    ...(classWeights && { classWeights }),
  });
  const step = await openDeviceSession(graph.model, {
    ...{ threads, profileAt, outputs: graph.outputs.map(({ name }) => name) },
    keeps: (name) => name !== "loss" && name !== "logits",
  });
  const optimiser = buildOptimiser(groups, shapeOf, settings);
  const mover = await openDeviceSession(optimiser.model, {
    ...{ threads, outputs: optimiser.outputs },
    keeps: (name) => name !== "norm",
  });
  const names = trained.map(([name]) => name);
  const shapesOfTrained = Object.fromEntries(names.map((name) => [name, shapeOf(name)]));
  let adder: DeviceSession | undefined;

  // Arrays by their names in the optimiser's model, and running statistics by their own: first this machine's, then the device's.
  const arrays = new Map<string, DeviceArray | SessionTensor>(
    learned.map(([name, entry]) => [weightOrRunning(name), entry]),
  );
  for (const [kind, moments] of [
    ["first", checkpoint.firstMoments],
    ["second", checkpoint.secondMoments],
  ] as const) {
    if (kind === "second" && isSgd) continue;
    for (const name of names) {
      const shape = shapeOf(name);
      const zeros = () => ({ shape, data: new Float32Array(sizeOf(shape)) });
      arrays.set(arrayPrefixes[kind] + name, moments.get(name) ?? zeros());
    }
  }
  let sums = new Map<string, DeviceArray>();
  let [gathered, steps] = [0, checkpoint.steps];
  const entering = border === null ? [3, sizePx, sizePx] : frozenShape(spec, border, sizePx);
  const images = new Float32Array(batchSize * sizeOf(entering));

  function put(name: string, array: DeviceArray | SessionTensor): void {
    const before = arrays.get(name);
    if (before && "release" in before) before.release();
    arrays.set(name, array);
  }

  function arrayOf(name: string): DeviceArray | SessionTensor {
    const array = arrays.get(name);
    if (!array) throw new Error(`No array ${name}`);
    return array;
  }

  /** The arrays of these names in this machine's memory. */
  async function fetched(wanted: readonly string[]): Promise<Map<string, Float32Array>> {
    const shaped = wanted.map((name) => input(name, arrayOf(name).shape));
    const outputs = Object.fromEntries(shaped.map((x, i) => [`copy ${i}`, apply("Identity", [x], { shape: x.shape })]));
    const reader = await openDeviceSession(encodeModel({ inputs: shaped, outputs }), {
      ...{ threads, outputs: Object.keys(outputs) },
      keeps: () => false,
    });
    try {
      const results = await reader.run(Object.fromEntries(wanted.map((name) => [name, arrayOf(name)])));
      return new Map(wanted.map((name, i) => [name, results.fetched.get(`copy ${i}`) ?? new Float32Array(0)]));
    } finally {
      await reader.close();
    }
  }

  return {
    images,
    async gather(labels, mixture) {
      const { kept, fetched: told } = await step.run({
        [border === null ? "images" : "features"]: { data: images, shape: [batchSize, ...entering] },
        ...truth.of(labels, mixture),
        ...Object.fromEntries(learned.map(([name]) => [name, arrayOf(weightOrRunning(name))])),
      });
      for (const name of running) put(name, required(kept, `running/${name}`));
      const gradients = new Map(names.map((name) => [name, required(kept, `gradient/${name}`)]));
      if (gathered === 0) {
        sums = gradients;
      } else {
        adder ??= await openDeviceSession(additionModel(shapesOfTrained), {
          ...{ threads, outputs: names },
          keeps: () => true,
        });
        const parts = names.flatMap((name) => [
          [`a/${name}`, required(sums, name)] as const,
          [`b/${name}`, required(gradients, name)] as const,
        ]);
        const added = await adder.run(Object.fromEntries(parts));
        for (const [, part] of parts) part.release();
        sums = new Map(added.kept);
      }
      gathered += 1;
      return told.get("loss")?.[0] ?? Number.NaN;
    },
    async move() {
      const numbers = groupNumbers(groups, settings, { steps: steps + 1, rateShare: rateShareAt(steps) });
      const single = Object.entries({ ...numbers, gathered }).map(
        ([name, value]) => [name, { data: Float32Array.of(value), shape: [1] }] as const,
      );
      const moving = [...arrays.keys()].filter((name) => !running.includes(name));
      const { kept, fetched: told } = await mover.run({
        ...Object.fromEntries(single),
        ...Object.fromEntries(moving.map((name) => [name, arrayOf(name)])),
        ...Object.fromEntries(names.map((name) => [arrayPrefixes.gradient + name, required(sums, name)])),
      });
      for (const name of moving) put(name, required(kept, nextPrefix + name));
      for (const part of sums.values()) part.release();
      sums = new Map();
      gathered = 0;
      steps += 1;
      return told.get("norm")?.[0] ?? Number.NaN;
    },
    async snapshot() {
      const all = await fetched([...arrays.keys()]);
      const part = (prefix: string): StateDict =>
        new Map(
          names.flatMap((name) => {
            const data = all.get(prefix + name);
            return data ? [[name, { shape: shapeOf(name), data }] as const] : [];
          }),
        );
      const weights = part(arrayPrefixes.weight);
      const state: StateDict = new Map(
        [...checkpoint.state].map(([name, entry]) => {
          const data = all.get(name);
          return [name, weights.get(name) ?? (data ? { shape: entry.shape, data } : entry)];
        }),
      );
      const firstMoments = part(arrayPrefixes.first);
      return { steps, state, firstMoments, secondMoments: part(arrayPrefixes.second) };
    },
    async close() {
      try {
        for (const array of [...arrays.values(), ...sums.values()]) if ("release" in array) array.release();
        for (const session of [step, mover, adder]) await session?.close();
      } catch {
        // A device that failed before, which was said then, has nothing left to release.
      }
    },
  };
}

function weightOrRunning(name: string): string {
  return isTrainable(name) ? arrayPrefixes.weight + name : name;
}

function required(arrays: ReadonlyMap<string, DeviceArray>, name: string): DeviceArray {
  const array = arrays.get(name);
  if (!array) throw new Error(`The device kept no ${name}`);
  return array;
}

/** In: "a/<name>" and "b/<name>". Out: their sum, "<name>". */
function additionModel(shapes: Readonly<Record<string, Shape>>): Uint8Array {
  const sumOf = ([name, shape]: readonly [string, Shape]): [string, Tensor] => [
    name,
    add(input(`a/${name}`, shape), input(`b/${name}`, shape)),
  ];
  return encodeModel({ outputs: Object.fromEntries(Object.entries(shapes).map(sumOf)) });
}
