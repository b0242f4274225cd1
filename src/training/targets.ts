import type { Random } from "../base/random.ts";

/** Images of a batch mixed with others of it. */
export interface Mixture {
  /** Which image of the batch each is mixed with. */
  readonly partners: readonly number[];
  /** How much of the image itself is left, 0 … 1, the same for the whole batch. */
  readonly share: number;
}

/** What decides how much each class of an image counts in the loss. */
export interface TargetSettings {
  /** [classes]; undefined: each counts the same. */
  readonly classWeights?: readonly number[] | undefined;
  /** The share of an image that counts for all classes alike, 0 … 1. */
  readonly labelSmoothing: number;
}

/**
 * Fills the targets of a batch [N, classes], with which −Σ targets · log p is the loss.
 *
 * @source torch.nn.functional.cross_entropy with label_smoothing and weight, whose value it gives; Zhang et al. 2018 (mixup): the
 * loss by both labels in the images' shares.
 */
export function fillTargets(
  targets: Float32Array,
  labels: readonly number[],
  settings: TargetSettings,
  mixture?: Mixture,
): void {
  const classes = targets.length / labels.length;
  const { labelSmoothing, classWeights = new Array<number>(classes).fill(1) } = settings;
  const weightOf = (label: number) => classWeights[label] ?? 1;
  targets.fill(0);
  const add = (of: readonly number[], share: number) => {
    const total = of.reduce((sum, label) => sum + weightOf(label), 0);
    for (const [n, label] of of.entries()) {
      for (let c = 0; c < classes; c++) {
        const own = c === label ? 1 - labelSmoothing : 0;
        const value = (share * weightOf(c) * (own + labelSmoothing / classes)) / total;
        targets[n * classes + c] = (targets[n * classes + c] ?? 0) + value;
      }
    }
  };
  add(labels, mixture?.share ?? 1);
  if (mixture === undefined) return;
  const others = mixture.partners.map((partner) => labels[partner] ?? 0);
  add(others, 1 - mixture.share);
}

/**
 * Fills the targets of a batch [N, classes] of images that may show several: 1 where a class is there, 0 where it is not.
 *
 * labels: of each image, the indices of the classes it shows.
 */
export function fillPresences(
  targets: Float32Array,
  labels: readonly (readonly number[])[],
  { labelSmoothing }: Pick<TargetSettings, "labelSmoothing">,
  mixture?: Mixture,
): void {
  const classes = targets.length / labels.length;
  targets.fill(labelSmoothing / 2);
  const add = (of: readonly (readonly number[])[], share: number) => {
    for (const [n, shown] of of.entries()) {
      for (const c of shown) targets[n * classes + c] = (targets[n * classes + c] ?? 0) + share * (1 - labelSmoothing);
    }
  };
  add(labels, mixture?.share ?? 1);
  if (mixture === undefined) return;
  add(
    mixture.partners.map((partner) => labels[partner] ?? []),
    1 - mixture.share,
  );
}

/** Mixes each image of a batch with its partner, in place. values: [N, ...]. */
export function mixImages(values: Float32Array, { partners, share }: Mixture): void {
  const size = values.length / partners.length;
  const before = values.slice();
  for (const [n, partner] of partners.entries()) {
    const [own, other] = [n * size, partner * size];
    for (let i = 0; i < size; i++) {
      values[own + i] = share * (before[own + i] as number) + (1 - share) * (before[other + i] as number);
    }
  }
}

/** A mixture of a batch: partners in a random order, the share from a Beta(alpha, alpha) distribution. @source Zhang et al. 2018. */
export function drawMixture(images: number, alpha: number, random: Random): Mixture {
  const [a, b] = [gamma(alpha, random), gamma(alpha, random)];
  const partners = random.shuffled(Array.from({ length: images }, (_, n) => n));
  // Both are 0 where alpha is tiny: the share is then 0 or 1, as the distribution's limit has it.
  return { partners, share: a + b > 0 ? a / (a + b) : Math.round(random.uniform()) };
}

/** A number of the Gamma(shape, 1) distribution. @source Marsaglia and Tsang 2000, with their step for shapes below 1. */
function gamma(shape: number, random: Random): number {
  if (shape < 1) return gamma(shape + 1, random) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
