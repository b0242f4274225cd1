import { InputError } from "../../base/errors.ts";
import { fitWeights, type WeightsReport } from "../loadPretrained.ts";
import { type NetworkName, networkNames } from "../networkSpec.ts";
import { readWeights, type WeightsFile } from "./readWeights.ts";
import { resolvePretrained } from "./resolvePretrained.ts";

/**
 * What a file of weights, or cached ones by their name, would fill of a network; of every network that it fits where none
 * is named.
 *
 * @throws InputError WEIGHTS_DO_NOT_FIT; as resolvePretrained and readWeights.
 */
export async function checkWeights(
  what: string,
  { folder, network }: { readonly folder: string; readonly network?: NetworkName | undefined },
): Promise<readonly WeightsReport[]> {
  const file = await readWeights(await resolvePretrained(what, { folder, network }));
  return network === undefined ? checkFile(file) : [fitWeights({ name: network, classes: 3 }, file).report];
}

/** The reports of the networks that a file fits. @throws InputError of the first network, if it fits none. */
export function checkFile(file: WeightsFile): WeightsReport[] {
  let refusal: InputError | undefined;
  const reports = networkNames.flatMap((name) => {
    try {
      return [fitWeights({ name, classes: 3 }, file).report];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refusal ??= error;
      return [];
    }
  });
  if (reports.length === 0 && refusal !== undefined) throw refusal;
  return reports;
}
