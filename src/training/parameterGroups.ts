import { depthOf, stages } from "../network/stages.ts";
import type { StateEntry } from "../network/stateDict.ts";

/** Which weights learn how fast. */
export interface GroupSettings {
  readonly learningRate: number;
  /** Learning rate of fc.weight and fc.bias; null: as everything else. */
  readonly headLearningRate: number | null;
  readonly weightDecay: number;
  /** all: every weight decays; weights: those of convolutions and linear layers, not the norms' nor biases. */
  readonly decayed?: "all" | "weights";
  /** What each stage's rate is multiplied by for each stage that lies between it and the head; 1: nothing. */
  readonly layerDecay?: number;
}

/** Weights that learn at one rate and decay alike. */
export interface ParameterGroup {
  readonly names: readonly string[];
  readonly learningRate: number;
  readonly weightDecay: number;
  /** How many steps the run had taken before these weights began to learn. */
  readonly thawedAt: number;
}

/**
 * The weights in groups, each as one group of PyTorch's optimisers.
 *
 * thawedAt: how many steps the run had taken before a weight began to learn, by its name.
 * @source the rates by layer: Howard and Ruder 2018, discriminative fine-tuning.
 */
export function parameterGroups(
  entries: readonly (readonly [string, Pick<StateEntry, "shape">])[],
  settings: GroupSettings,
  thawedAt: (name: string) => number = () => 0,
): ParameterGroup[] {
  const { learningRate, headLearningRate, weightDecay, decayed = "all", layerDecay = 1 } = settings;
  const head = stages.indexOf("head");
  const groups = new Map<string, ParameterGroup & { names: string[] }>();
  for (const [name, { shape }] of entries) {
    const depth = depthOf(name);
    const isHead = depth === head;
    const group = {
      learningRate: isHead ? (headLearningRate ?? learningRate) : learningRate * layerDecay ** (head - depth),
      weightDecay: decayed === "weights" && shape.length < 2 ? 0 : weightDecay,
      thawedAt: thawedAt(name),
    };
    const key = JSON.stringify(group);
    const standing = groups.get(key) ?? { ...group, names: [] };
    standing.names.push(name);
    groups.set(key, standing);
  }
  return [...groups.values()];
}
