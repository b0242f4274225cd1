import type { Volume } from "../study/volume.ts";
import { chen2021LungMask } from "./chen2021Lungs.ts";
import { defaultLungMask } from "./defaultLungMask.ts";
import { learnedLungMask } from "./learned/learnedLungMask.ts";
import { isolateInSlabs, isolateThinned } from "./longVolume.ts";
import { type LungMask, noLungs } from "./lungMask.ts";
import type { LearnedLungSettings, LungSettings } from "./lungSettings.ts";
import type { OnLungStage } from "./lungStage.ts";

/**
 * Where the lungs are in a volume.
 *
 * `chen2021` follows the paper slice by slice; `default` works in three dimensions, keeps consolidated lung and parts right
 * from left; `learned` asks a segmentation network, and then there is a promise. Finding no lungs is a warning with an empty
 * mask; so is method "none", without the warning.
 * onStage: is shown what each stage made.
 * @throws InputError as learnedLungMask.
 */
export function isolateLungs(
  volume: Volume,
  settings: Exclude<LungSettings, LearnedLungSettings>,
  onStage?: OnLungStage,
): LungMask;
export function isolateLungs(
  volume: Volume,
  settings: LungSettings,
  onStage?: OnLungStage,
): LungMask | Promise<LungMask>;
export function isolateLungs(
  volume: Volume,
  settings: LungSettings,
  onStage?: OnLungStage,
): LungMask | Promise<LungMask> {
  if (settings.method === "chen2021") {
    // Who looks at the stages is shown each whole.
    if (onStage) return chen2021LungMask(volume, settings, onStage);
    return isolateInSlabs(volume, (slab) => chen2021LungMask(slab, settings));
  }
  if (settings.method === "default") {
    if (onStage) return defaultLungMask(volume, settings, onStage);
    return isolateThinned(volume, (thin) => defaultLungMask(thin, settings));
  }
  if (settings.method === "learned") return learnedLungMask(volume, settings, onStage);
  return noLungs(volume);
}
