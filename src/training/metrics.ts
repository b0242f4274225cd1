import { placements } from "../statistics/placements.ts";

/** How well probabilities fit the classes of images. */
export interface Metrics {
  /** Mean cross entropy. */
  readonly loss: number;
  /** Share of images whose most probable class is theirs; of equal ones the first counts. */
  readonly accuracy: number;
  /** The mean over the classes that occur of the share of their images that are called right. */
  readonly balancedAccuracy: number;
  /** The mean over the classes of the area under the ROC curve against the rest; null unless two classes occur. */
  readonly auc: number | null;
  /** The share of the first class's images that are called so; null where there are none. */
  readonly sensitivity: number | null;
  /** The share of the other classes' images that are not called the first class; null where there are none. */
  readonly specificity: number | null;
}

/** The metrics of logits, one row for each image, and the index of each image's class. */
export function measure(logits: readonly ArrayLike<number>[], labels: readonly number[]): Metrics {
  const classes = logits[0]?.length ?? 0;
  const called = logits.map(largest);
  const isRight = called.map((call, i) => call === labels[i]);
  const losses = logits.map((row, i) => crossEntropy(row, labels[i] ?? -1));
  const recalls = Array.from({ length: classes }, (_, c) =>
    mean(isRight.filter((_, i) => labels[i] === c).map(Number)),
  );
  const probabilities = logits.map(softmax);
  const areas = Array.from({ length: classes }, (_, c) => {
    const scores = probabilities.map((row) => row[c] ?? 0);
    return placements(
      scores,
      labels.map((label) => (label === c ? 1 : 0)),
    ).auc;
  }).filter((area) => !Number.isNaN(area));
  const others = called.filter((_, i) => labels[i] !== 0);
  return {
    loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
    accuracy: isRight.filter(Boolean).length / isRight.length,
    balancedAccuracy: mean(recalls.filter((recall) => recall !== null)) ?? 0,
    auc: mean(areas),
    sensitivity: recalls[0] ?? null,
    specificity: mean(others.map((call) => Number(call !== 0))),
  };
}

/**
 * The metrics of images that may show several classes: one is called where its logit is above 0.
 *
 * An image is right if it is called what it shows and nothing else. Balanced accuracy and area are means over the classes,
 * sensitivity and specificity count every class of every image.
 */
export function measureSeveral(logits: readonly ArrayLike<number>[], labels: readonly (readonly number[])[]): Metrics {
  const classes = Array.from({ length: logits[0]?.length ?? 0 }, (_, c) => {
    const isThere = labels.map((shown) => shown.includes(c));
    const scores = logits.map((row) => row[c] ?? 0);
    const isCalled = scores.map((logit) => logit > 0);
    const { auc } = placements(scores, isThere.map(Number));
    return {
      losses: scores.map((logit, i) => softplus(isThere[i] === true ? -logit : logit)),
      isRight: isCalled.map((call, i) => call === isThere[i]),
      found: isCalled.filter((_, i) => isThere[i]).map(Number),
      spared: isCalled.filter((_, i) => !isThere[i]).map((call) => Number(!call)),
      auc,
    };
  });
  const halves = classes.flatMap(
    ({ found, spared }) => mean([mean(found), mean(spared)].filter((x) => x !== null)) ?? [],
  );
  return {
    loss: mean(classes.flatMap(({ losses }) => losses)) ?? Number.NaN,
    accuracy: mean(labels.map((_, i) => Number(classes.every(({ isRight }) => isRight[i])))) ?? Number.NaN,
    balancedAccuracy: mean(halves) ?? 0,
    auc: mean(classes.map(({ auc }) => auc).filter((area) => !Number.isNaN(area))),
    sensitivity: mean(classes.flatMap(({ found }) => found)),
    specificity: mean(classes.flatMap(({ spared }) => spared)),
  };
}

/** log(1 + eˣ), without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** −log softmax(logits)[label], in double precision. */
export function crossEntropy(logits: ArrayLike<number>, label: number): number {
  const row = Array.from(logits);
  const top = Math.max(...row);
  const sum = row.reduce((total, logit) => total + Math.exp(logit - top), 0);
  return Math.log(sum) + top - (row[label] ?? Number.NaN);
}

function softmax(logits: ArrayLike<number>): number[] {
  const row = Array.from(logits);
  const top = Math.max(...row);
  const shares = row.map((logit) => Math.exp(logit - top));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/** The index of the largest logit; of equal ones the first. */
function largest(logits: ArrayLike<number>): number {
  const row = Array.from(logits);
  return row.indexOf(Math.max(...row));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
