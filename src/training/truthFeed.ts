import type { NetworkSpec } from "../network/networkSpec.ts";
import type { SessionTensor } from "../runtime/session.ts";
import { classesOf, type ImageLabel } from "./epochPlan.ts";
import { fillPresences, fillTargets, type Mixture } from "./targets.ts";

/** What a training step takes beside its images. */
export interface TruthFeed {
  /** Whether that is "targets" [N, C] instead of "labels" [N]. */
  readonly hasTargets: boolean;
  /** A batch's labels as the step takes them; the arrays are filled anew by the next call. */
  of(labels: readonly ImageLabel[], mixture?: Mixture): Record<string, SessionTensor>;
}

/** Makes a step's labels or targets of the labels of a batch. */
export function truthFeed(
  spec: NetworkSpec,
  settings: {
    readonly batchSize: number;
    readonly classWeights?: readonly number[] | undefined;
    readonly labelSmoothing?: number;
    readonly isMixed?: boolean;
  },
): TruthFeed {
  const { batchSize, classWeights, labelSmoothing = 0, isMixed = false } = settings;
  const areSeveral = spec.labels === "several";
  const hasTargets = areSeveral || labelSmoothing > 0 || isMixed;
  const classes = new BigInt64Array(batchSize);
  const targets = new Float32Array(batchSize * spec.classes);
  return {
    hasTargets,
    of(labels, mixture): Record<string, SessionTensor> {
      const shown = labels.map(classesOf);
      if (hasTargets) {
        if (areSeveral) fillPresences(targets, shown, { labelSmoothing }, mixture);
        else fillTargets(targets, shown.flat(), { classWeights, labelSmoothing }, mixture);
        return { targets: { data: targets, shape: [batchSize, spec.classes] } };
      }
      for (const [i, label] of shown.flat().entries()) classes[i] = BigInt(label);
      return { labels: { data: classes, shape: [batchSize] } };
    },
  };
}
