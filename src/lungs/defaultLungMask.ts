import type { Volume } from "../study/volume.ts";
import { aeratedLungs } from "./aeratedLungs.ts";
import { airInsideBody } from "./airInsideBody.ts";
import { andNot, or } from "./bitMask.ts";
import { withDenseLung } from "./denseLung.ts";
import { type LungMask, lungMaskOfSides } from "./lungMask.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { lungWarnings } from "./lungWarnings.ts";
import { parted } from "./rightAndLeft.ts";
import { walledAir } from "./walledAir.ts";

/**
 * The lungs in three dimensions: the air inside the body, without windpipe, main bronchi and bowel gas; right and left apart;
 * each with its vessels and its consolidated parts.
 */
export function defaultLungMask(volume: Volume, settings: DefaultLungSettings): LungMask {
  const { body, air, outside } = airInsideBody(volume, settings);
  const airways = walledAir(volume, air, settings);
  const aerated = aeratedLungs(volume, { air: andNot(air, airways), outside }, settings);
  const sides = parted(aerated, body, volume.geometry);
  const { right, left } = withDenseLung(volume, { ...sides, airways, body }, settings);
  const mask = lungMaskOfSides({ right, left }, volume, []);
  return { ...mask, warnings: lungWarnings(mask, or(right, left), volume.geometry) };
}
