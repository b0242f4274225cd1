import { z } from "zod";
import { scopeSettingsSchema } from "./scopeSettings.ts";

export const lungsOfScope = ["both", "right", "left"] as const;
/** Thirds of the lungs' height; the outer third of their depth below the ribs, and what lies within it. */
export const zonesOfScope = ["all", "upper", "middle", "lower", "central", "peripheral"] as const;
export const lobesOfScope = ["right upper", "right middle", "right lower", "left upper", "left lower"] as const;

export type LungOfScope = (typeof lungsOfScope)[number];
export type ZoneOfScope = (typeof zonesOfScope)[number];

const ml = z.number().nonnegative();
const share = z.number().min(0).max(1);

const partSchema = {
  lungMl: ml,
  groundGlassMl: ml,
  consolidationMl: ml,
  /** Of the part's own volume; 0 where that is 0. */
  groundGlassShare: share,
  consolidationShare: share,
  affectedShare: share,
};

/** How much of a study's lungs is diseased, by density. Its numbers are estimates: see docs/scope.md for their error. */
export const scopeSchema = z.strictObject({
  /** Each zone of each lung, 18 in all. */
  zones: z.array(z.strictObject({ lung: z.enum(lungsOfScope), zone: z.enum(zonesOfScope), ...partSchema })).readonly(),
  /** The 25-point CT severity score. */
  severity: z.strictObject({
    score: z.int().min(0).max(25),
    most: z.literal(25),
    lobes: z
      .array(z.strictObject({ lobe: z.enum(lobesOfScope), ...partSchema, score: z.int().min(0).max(5) }))
      .readonly(),
    /** How it was come by. */
    derivation: z.string(),
  }),
  /** Both lungs from their lowest to their highest end in layers of equal height: the same layer of another study is the same place. */
  levels: z
    .array(z.strictObject({ from: share, to: share, lungMl: ml, groundGlassMl: ml, consolidationMl: ml }))
    .readonly(),
  /** Where ground glass began, Hounsfield units: lowest and highest over the depth of the lungs. */
  groundGlassBeginsAtHu: z.tuple([z.number(), z.number()]).readonly(),
  settings: scopeSettingsSchema,
});

export type Scope = Readonly<z.infer<typeof scopeSchema>>;
export type ScopeZone = Scope["zones"][number];
/** What is known of a part of the lungs. */
export type ScopePart = Pick<
  ScopeZone,
  "lungMl" | "groundGlassMl" | "consolidationMl" | "groundGlassShare" | "consolidationShare" | "affectedShare"
>;

/** A zone of a scope. */
export function zoneOf({ zones }: Pick<Scope, "zones">, lung: LungOfScope, zone: ZoneOfScope = "all"): ScopeZone {
  const found = zones.find((one) => one.lung === lung && one.zone === zone);
  if (!found) throw new Error(`A scope without ${lung} ${zone}.`);
  return found;
}
