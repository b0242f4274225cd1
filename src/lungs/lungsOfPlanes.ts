import { thinVolume } from "../study/thinVolume.ts";
import type { Volume } from "../study/volume.ts";
import { allOf, eachSlab, type VolumePlanes, wholeVolume } from "../study/volumePlanes.ts";
import { chen2021LungMask } from "./chen2021Lungs.ts";
import { defaultLungMask } from "./defaultLungMask.ts";
import { isolateLungs } from "./isolateLungs.ts";
import { maskInSlabs, spreadOver } from "./longVolume.ts";
import type { LungMask } from "./lungMask.ts";
import type { LungSettings } from "./lungSettings.ts";
import type { OnLungStage } from "./lungStage.ts";

/**
 * Where the lungs are in a volume whose planes are read when they are asked for: the same as isolateLungs finds, with a few slices in
 * memory (`chen2021`), or those that speak for all (`default`).
 *
 * thin: what thinVolume makes of the planes, where it is in memory already. A network, and who looks at the stages, needs them whole. @throws InputError as isolateLungs, and what reading throws.
 */
export async function lungsOfPlanes(
  planes: VolumePlanes,
  settings: LungSettings,
  { onStage, thin }: { readonly onStage?: OnLungStage | undefined; readonly thin?: Volume | undefined } = {},
): Promise<LungMask> {
  if (planes.whole === undefined && onStage === undefined) {
    if (settings.method === "chen2021") {
      const mask = maskInSlabs(planes, (slab) => chen2021LungMask(slab, settings));
      await eachSlab(planes, allOf(planes), ({ indices: [from = 0], voxels }) => mask.add(from, voxels));
      return mask.finished();
    }
    if (settings.method === "default") {
      return spreadOver(planes, defaultLungMask(thin ?? (await thinVolume(planes)), settings));
    }
  }
  return isolateLungs(await wholeVolume(planes), settings, onStage);
}
