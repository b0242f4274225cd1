import { z } from "zod";
import { softmaxOf } from "./pooling/means.ts";

/** How stated probabilities become ones that hold in the long run. */
export type CalibrationMap =
  /** softmax(log p / temperature): above 1 less sure, below 1 surer. The order of the classes stays. */
  | { readonly kind: "temperature"; readonly temperature: number }
  /** A rising step function for each class, then divided by their sum. */
  | { readonly kind: "isotonic"; readonly curves: readonly IsotonicCurve[] };

/** Points of a rising function, joined by straight lines and level beyond its ends. */
export interface IsotonicCurve {
  readonly stated: readonly number[];
  readonly calibrated: readonly number[];
}

/** How probabilities are calibrated, and on how much it was fitted: on the validation set, always. */
export interface Calibration {
  readonly fittedOn: {
    readonly set: "validation";
    readonly subjects: number;
    readonly studies: number;
    readonly slices: number;
  };
  /** Of single images' probabilities; null where there were too few. */
  readonly slices: CalibrationMap | null;
  /** Of the study rule's probabilities; null where there were too few. */
  readonly studies: CalibrationMap | null;
  /** What was refused and why, in words. */
  readonly notes: readonly string[];
}

const curveSchema = z
  .strictObject({ stated: z.array(z.number()).min(1), calibrated: z.array(z.number().min(0).max(1)).min(1) })
  .refine(({ stated, calibrated }) => stated.length === calibrated.length, {
    message: "a curve has as many calibrated probabilities as stated ones",
  });

const mapSchema: z.ZodType<CalibrationMap> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("temperature"), temperature: z.number().positive() }),
  z.strictObject({ kind: z.literal("isotonic"), curves: z.array(curveSchema).min(2) }),
]);

export const calibrationSchema: z.ZodType<Calibration> = z.strictObject({
  fittedOn: z.strictObject({ set: z.literal("validation"), subjects: z.int(), studies: z.int(), slices: z.int() }),
  slices: mapSchema.nullable(),
  studies: mapSchema.nullable(),
  notes: z.array(z.string()),
});

/** The calibrated probabilities; they sum to 1. null leaves them as they are. */
export function calibrate(map: CalibrationMap | null, probabilities: readonly number[]): readonly number[] {
  if (map === null) return probabilities;
  if (map.kind === "temperature") {
    return softmaxOf(probabilities.map((p) => Math.log(Math.max(p, leastProbability)) / map.temperature));
  }
  const raised = probabilities.map((p, k) => valueAt(map.curves[k], p));
  const sum = raised.reduce((total, value) => total + value, 0);
  return sum > 0 ? raised.map((value) => value / sum) : probabilities;
}

/** Keeps the logarithm of a probability that was rounded to 0 finite. */
const leastProbability = 1e-9;

function valueAt(curve: IsotonicCurve | undefined, p: number): number {
  if (curve === undefined) throw new Error("An isotonic calibration needs a curve for each class");
  const { stated, calibrated } = curve;
  const after = stated.findIndex((point) => point >= p);
  if (after <= 0) return (after === 0 ? calibrated[0] : calibrated.at(-1)) ?? p;
  const [left = 0, right = 1] = [stated[after - 1], stated[after]];
  const [low = 0, high = 1] = [calibrated[after - 1], calibrated[after]];
  return low + ((high - low) * (p - left)) / (right - left);
}
