import { createRandom } from "../../base/random.ts";
import { initialStateDict } from "../../network/initialState.ts";
import { coarseHeatMaps, type HeatOptions, type MappedNetwork } from "../heatMap.ts";
import { rankCorrelation } from "./rankCorrelation.ts";

/** How alike heat maps stay when a part of the network forgets what it learned. */
export interface RandomisedPart {
  /** From the last layer on: "fc", then "fc, layer4" … */
  readonly randomised: string;
  /** Spearman's, the mean over the images whose maps say anything; null where none does. Near 1: they show no learning. */
  readonly correlation: number | null;
}

const parts = ["fc", "layer4", "layer3", "layer2"];

/**
 * Heat maps before and after the network's last layers are drawn anew, one more at a time. Maps that hardly change show the
 * image and not what the network learned.
 * @source Adebayo et al. 2018, Sanity checks for saliency maps.
 */
export async function randomisationCheck(
  mapped: MappedNetwork,
  pixels: readonly Uint8Array[],
  classes: readonly number[],
  options: HeatOptions & { readonly seed: number },
): Promise<RandomisedPart[]> {
  const learned = await coarseHeatMaps(mapped, pixels, classes, options);
  const fresh = initialStateDict(mapped.network, createRandom(options.seed).fork("randomised"));
  const results: RandomisedPart[] = [];
  for (let count = 1; count <= parts.length; count++) {
    const forgotten = parts.slice(0, count);
    const isForgotten = (name: string) => forgotten.some((part) => name.startsWith(`${part}.`));
    const state = new Map(
      [...mapped.state].map(([name, own]) => [name, isForgotten(name) ? (fresh.get(name) ?? own) : own]),
    );
    const maps = await coarseHeatMaps({ ...mapped, state }, pixels, classes, options);
    const correlations = maps.flatMap(({ data }, i) => rankCorrelation(data, learned[i].data) ?? []);
    results.push({
      randomised: forgotten.join(", "),
      correlation:
        correlations.length === 0 ? null : correlations.reduce((sum, one) => sum + one, 0) / correlations.length,
    });
  }
  return results;
}
