import type { TrainingSettings } from "./trainingSettings.ts";

/**
 * The share of the learning rate to take when this share of all steps is done.
 * @source Loshchilov and Hutter 2017, eq. 5, without restarts.
 */
export function rateShare(schedule: TrainingSettings["schedule"], done: number): number {
  return schedule === "constant" ? 1 : (1 + Math.cos(Math.PI * Math.min(1, done))) / 2;
}
