import { type Border, borders, isBehind } from "../network/stages.ts";
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
