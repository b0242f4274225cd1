import type { StateDict } from "../../network/stateDict.ts";
import { absentPlace, buildStudyHeadStep, type StudyHeadShape } from "../../network/studyHead.ts";
import { openSession } from "../../runtime/session.ts";
import { createOptimiser } from "../optimiser.ts";

/** A study as a head learns it: what the network's last layer sees of its images. */
export interface StudyBag {
  /** One array for each image, at least one. */
  readonly features: readonly Float32Array[];
  /** The index of its class. */
  readonly truth: number;
  /** How much it counts. */
  readonly weight: number;
}

/** A study head that learns. Holds memory outside JavaScript's heap: close it. */
export interface StudyHeadStep {
  /** Learns from the studies, at most as many as a batch has; returns their mean loss before that. */
  learn(bags: readonly StudyBag[]): Promise<number>;
  /** The logits of studies, at most as many as a batch has. */
  decide(bags: readonly StudyBag[]): Promise<Float32Array[]>;
  /** The weights as they are now; views that the next `learn` changes. */
  state(): StateDict;
  close(): Promise<void>;
}

export interface StudyHeadStepOptions {
  /** Studies in a batch, and the most images that one has. */
  readonly studies: number;
  readonly images: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly threads: number;
}

/** The training step of a study head that begins with these weights. */
export async function openStudyHeadStep(
  shape: StudyHeadShape,
  first: StateDict,
  options: StudyHeadStepOptions,
): Promise<StudyHeadStep> {
  const { studies, images, threads, ...rates } = options;
  const optimiser = createOptimiser(first, {
    optimiser: "adamw",
    headLearningRate: null,
    decayed: "weights",
    ...rates,
  });
  const session = await openSession(buildStudyHeadStep(shape, { studies, images }), { threads });
  const features = new Float32Array(studies * images * shape.features);
  const absent = new Float32Array(studies * images);
  const targets = new Float32Array(studies * shape.classes);
  const loss = { data: new Float32Array(1), shape: [] };
  const into = Object.fromEntries([...optimiser.gradients].map(([name, entry]) => [`gradient/${name}`, entry]));

  async function run(bags: readonly StudyBag[]) {
    features.fill(0);
    absent.fill(absentPlace);
    targets.fill(0);
    for (const [s, bag] of bags.entries()) {
      for (const [i, image] of bag.features.entries()) features.set(image, (s * images + i) * shape.features);
      absent.fill(0, s * images, s * images + bag.features.length);
      targets[s * shape.classes + bag.truth] = bag.weight;
    }
    return session.run(
      {
        features: { data: features, shape: [studies, images, shape.features] },
        absent: { data: absent, shape: [studies, images] },
        targets: { data: targets, shape: [studies, shape.classes] },
        ...Object.fromEntries(optimiser.weights),
      },
      { loss, ...into },
    );
  }

  return {
    async learn(bags) {
      await run(bags);
      optimiser.step();
      return loss.data[0];
    },
    async decide(bags) {
      const { logits } = await run(bags);
      return bags.map((_, s) => logits.data.slice(s * shape.classes, (s + 1) * shape.classes));
    },
    state: () => optimiser.weights,
    close: () => session.close(),
  };
}
