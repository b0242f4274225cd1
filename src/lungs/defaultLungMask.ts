import type { Volume } from "../study/volume.ts";
import { aeratedLungs } from "./aeratedLungs.ts";
import { airInsideBody } from "./airInsideBody.ts";
import { andNot, or } from "./bitMask.ts";
import { withDenseLung } from "./denseLung.ts";
import { type LungMask, lungMaskOfSides, withWarnings } from "./lungMask.ts";
import { qualityWarnings } from "./lungQuality.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import type { OnLungStage } from "./lungStage.ts";
import { lungWarnings } from "./lungWarnings.ts";
import { parted } from "./rightAndLeft.ts";
import { walledAir } from "./walledAir.ts";

/**
 * The lungs in three dimensions: the air inside the body, without windpipe, main bronchi and bowel gas; right and left apart;
 * each with its vessels and its consolidated parts.
 */
export function defaultLungMask(volume: Volume, settings: DefaultLungSettings, onStage?: OnLungStage): LungMask {
  const { body, air, outside } = airInsideBody(volume, settings);
  onStage?.("body", body);
  onStage?.("air", air);
  const airways = walledAir(volume, air, settings);
  onStage?.("airways", airways);
  const aerated = aeratedLungs(volume, { air: andNot(air, airways), outside }, settings);
  onStage?.("aerated", aerated);
  const sides = parted(aerated, body, volume.geometry);
  onStage?.("sides", sides);
  const { right, left } = withDenseLung(volume, { ...sides, airways, body }, settings);
  onStage?.("lungs", { right, left });
  const mask = lungMaskOfSides({ right, left }, volume, []);
  const warnings = [
    ...lungWarnings(mask, or(right, left), volume.geometry),
    ...qualityWarnings(volume, { right, left }),
  ];
  return withWarnings(mask, warnings);
}
