import { and, andNot, type BitMask, emptyMask, maskBetween, not } from "./bitMask.ts";
import { fillHoles, labelComponents, maskOfComponents } from "./components.ts";
import { convexHull } from "./convexHull.ts";
import type { Field } from "./field.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { discOf, open } from "./morphology.ts";

/** The body and the air in and around it. */
export interface BodyAndAir {
  /** Tissue with the holes of each slice filled, inside the convex hull of the largest piece. */
  readonly body: BitMask;
  /** Air and aerated lung inside the body. */
  readonly air: BitMask;
  /** Air around the body. */
  readonly outside: BitMask;
}

/** Parts the air inside the body from the air outside. Table, blankets and tubes count as outside. */
export function airInsideBody(field: Field, settings: DefaultLungSettings): BodyAndAir {
  const allAir = maskBetween(field.voxels, field.shape, [Number.NEGATIVE_INFINITY, settings.airBelowHu]);
  const tissue = not(allAir);
  const thick = largestComponent(open(tissue, discOf(settings.bodyOpeningMm, field.geometry.spacingMm)));
  // Opening parts the body from the table, but also breaks thin chest walls: it only tells where the body is.
  const body = and(fillHoles(tissue), convexHull(thick));
  return { body, air: and(allAir, body), outside: andNot(allAir, body) };
}

function largestComponent(mask: BitMask): BitMask {
  const components = labelComponents(mask, "volume6");
  if (components.count === 0) return emptyMask(mask.shape);
  const largest = components.sizes.indexOf(components.sizes.reduce((a, b) => Math.max(a, b)));
  return maskOfComponents(
    components,
    Uint8Array.from(components.sizes, (_, label) => (label === largest ? 1 : 0)),
  );
}
