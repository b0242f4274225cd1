import { type Border, borders, depthOf, isBehind, stages } from "../network/stages.ts";
import type { TrainingSettings } from "./trainingSettings.ts";

type FreezeSettings = Pick<TrainingSettings, "freeze" | "unfreezeEvery">;

/**
 * Behind which stage the frozen part ends in an epoch, counted from 1; null: all of the network learns.
 * @source Howard and Ruder 2018, gradual unfreezing.
 */
export function borderAt({ freeze, unfreezeEvery }: FreezeSettings, epoch: number): Border | null {
  if (freeze === null || unfreezeEvery === null) return freeze;
  const thawed = Math.floor((epoch - 1) / unfreezeEvery);
  return borders[borders.indexOf(freeze) - thawed] ?? null;
}

/**
 * A line that says which stages are frozen though their weights were drawn at random; null where that is not so. Stages that will
 * thaw are not counted.
 *
 * drawn: the names of arrays that no file gave.
 */
export function describeFrozenAtRandom(settings: FreezeSettings, drawn: readonly string[]): string | null {
  const { freeze, unfreezeEvery } = settings;
  if (freeze === null || unfreezeEvery !== null) return null;
  const random = stages.filter((_, depth) => drawn.some((name) => depthOf(name) === depth && !isBehind(name, freeze)));
  if (random.length === 0) return null;
  return `Frozen, though drawn at random: ${random.join(", ")}. What such stages see was never learned; start from weights that have them, or freeze less.`;
}

/** How many steps a run has taken before a weight begins to learn, by its name. */
export function thawedAt(settings: FreezeSettings, stepsInEpoch: number): (name: string) => number {
  return (name) => {
    const { freeze, unfreezeEvery } = settings;
    const last = freeze === null || unfreezeEvery === null ? 1 : 1 + borders.length * unfreezeEvery;
    let epoch = 1;
    while (epoch < last && !isBehind(name, borderAt(settings, epoch))) epoch++;
    return (epoch - 1) * stepsInEpoch;
  };
}
