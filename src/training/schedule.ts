/** How the learning rate moves over a run's steps. */
export interface ScheduleSettings {
  /** constant; cosine: down to 0 along half a cosine; one-cycle: up and down along two halves. */
  readonly schedule: "constant" | "cosine" | "one-cycle";
  /** The share of all steps in which the rate rises to the whole; of one-cycle 0 stands for 0.3. */
  readonly warmUp?: number;
}

/** One-cycle's defaults in PyTorch: the share at the start, the share of that at the end, the share of steps that rise. */
const [atStart, ofStartAtEnd, rising] = [1 / 25, 1e-4, 0.3];

/**
 * The share of the learning rate that a step takes.
 *
 * step: counted from 0; steps: of the whole run.
 * @source Loshchilov and Hutter 2017, eq. 5, without restarts; Smith and Topin 2019, as torch.optim.lr_scheduler.OneCycleLR; the
 * warm-up: Goyal et al. 2017, as LinearLR.
 */
export function rateShare({ schedule, warmUp = 0 }: ScheduleSettings, step: number, steps: number): number {
  if (steps < 2) return 1;
  if (schedule === "one-cycle") return oneCycle(warmUp === 0 ? rising : warmUp, step, steps);
  const first = Math.min(Math.round(warmUp * steps), steps - 1);
  if (step < first) return (step + 1) / first;
  return schedule === "constant" ? 1 : halfCosine(1, 0, Math.min(1, (step - first) / (steps - first)));
}

function oneCycle(share: number, step: number, steps: number): number {
  const top = share * steps - 1;
  const end = steps - 1;
  if (step <= top) return halfCosine(atStart, 1, top > 0 ? step / top : 1);
  return halfCosine(1, atStart * ofStartAtEnd, Math.min(1, (step - top) / Math.max(end - top, 1e-9)));
}

/** From one number to another along half a cosine. */
function halfCosine(from: number, to: number, done: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * done))) / 2;
}
