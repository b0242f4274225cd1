import type { Volume } from "../study/volume.ts";
import { aeratedLungs } from "./aeratedLungs.ts";
import { airInsideBody } from "./airInsideBody.ts";
import { andNot, or } from "./bitMask.ts";
import { coarseGrid } from "./coarseGrid.ts";
import { withDenseLung } from "./denseLung.ts";
import { fineOutline } from "./fineOutline.ts";
import { type LungMask, lungMaskOfSides, withWarnings } from "./lungMask.ts";
import { qualityWarnings } from "./lungQuality.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import type { OnLungStage } from "./lungStage.ts";
import { lungsInSlice } from "./lungsInSlice.ts";
import { lungWarnings } from "./lungWarnings.ts";
import { apart, parted, type Sides } from "./rightAndLeft.ts";
import { walledAir } from "./walledAir.ts";

/**
 * The lungs in three dimensions: the air inside the body, without windpipe, main bronchi and bowel gas; right and left apart;
 * each with its vessels and its consolidated parts. All is decided on a coarse grid; the volume's own voxels draw the outline.
 */
export function defaultLungMask(volume: Volume, settings: DefaultLungSettings, onStage?: OnLungStage): LungMask {
  const grid = coarseGrid(volume);
  const { field, fine } = grid;
  const { body, air, outside } = airInsideBody(field, settings);
  onStage?.("body", fine(body));
  onStage?.("air", fine(air));
  const airways = walledAir(field, air, settings);
  onStage?.("airways", fine(airways));
  const aerated = aeratedLungs(field, { air: andNot(air, airways), outside }, settings);
  onStage?.("aerated", fine(aerated));
  const sides = parted(aerated, body, field.geometry);
  onStage?.("sides", { right: fine(sides.right), left: fine(sides.left) });
  const found = { ...sides, airways, body };
  const { right, left } =
    volume.shape[0] === 1 ? lungsInSlice(field, found, settings) : outlined(withDenseLung(field, found, settings));
  onStage?.("lungs", { right, left });
  const mask = lungMaskOfSides({ right, left }, volume, []);
  const warnings = [
    ...lungWarnings(mask, or(right, left), volume.geometry),
    ...qualityWarnings(volume, { right, left }),
  ];
  return withWarnings(mask, warnings);

  function outlined(lungs: Sides): Sides {
    const side = (lung: Sides["right"], other: Sides["right"]) => {
      const barred = or(or(airways, other), outside);
      return fineOutline(volume, grid, { lung, air, barred }, settings.edgeBelowHu);
    };
    return apart({ right: side(lungs.right, lungs.left), left: side(lungs.left, lungs.right) });
  }
}
