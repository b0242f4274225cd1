import { z } from "zod";

const range = z
  .tuple([z.number(), z.number()])
  .readonly()
  .refine(([low, high]) => low < high, "the first must be the lower");

/** What measuring the scope of disease needs to know: plain JSON, Hounsfield units, mm and ml. */
export const scopeSettingsSchema = z.strictObject({
  /** Ground glass lies between; consolidation between. Where one ends the other begins. */
  groundGlassHu: range,
  consolidationHu: range,
  /** Ground glass is denser than the study's own aerated lung at the same depth by at least this, whatever its range says. */
  aboveAeratedHu: z.number().nonnegative(),
  /** So near to the lungs' border density alone proves nothing: partial volume, breath, dependent lung. */
  borderMm: z.number().nonnegative(),
  /** What is nowhere thicker than this is a vessel, a bronchus' wall or a streak. */
  vesselMm: z.number().nonnegative(),
  /** The same at the roots of the lungs, where vessels are wider. */
  rootVesselMm: z.number().nonnegative(),
  /** Smaller pieces are left out. */
  smallestMl: z.number().nonnegative(),
});

export type ScopeSettings = Readonly<z.infer<typeof scopeSettingsSchema>>;

/** Chosen on drawn phantoms and on none of the studies that the figures of docs/scope.md are of. */
export const scopeDefaults: ScopeSettings = {
  groundGlassHu: [-750, -300],
  consolidationHu: [-300, 50],
  aboveAeratedHu: 120,
  borderMm: 3,
  vesselMm: 10,
  rootVesselMm: 20,
  smallestMl: 0.5,
};
