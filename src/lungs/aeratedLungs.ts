import { voxelMl } from "../study/volume.ts";
import { type BitMask, countOf } from "./bitMask.ts";
import { labelComponents, maskOfComponents } from "./components.ts";
import type { Field } from "./field.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";

/** A pocket of outside air (under an arm, between body and table) meets it above or below with this share of its voxels. */
const pocketShare = 0.1;

/**
 * The air inside the body that is lung: its pieces of enough volume (of a single slice: area), without pockets of outside
 * air that a slice shows closed.
 */
export function aeratedLungs(
  field: Field,
  { air, outside }: { readonly air: BitMask; readonly outside: BitMask },
  settings: DefaultLungSettings,
): BitMask {
  const { geometry, shape } = field;
  const components = labelComponents(air, "volume6");
  const meetings = meetingsWith(outside, components);
  const smallest =
    shape[0] === 1
      ? settings.smallestLungMm2 / (geometry.spacingMm[1] * geometry.spacingMm[2])
      : settings.smallestLungMl / voxelMl(geometry);
  return maskOfComponents(
    components,
    Uint8Array.from(components.sizes, (size, label) =>
      size >= smallest && (meetings[label] as number) < pocketShare * size ? 1 : 0,
    ),
  );
}

/** Of each component, how many voxels have the other mask right above or below. */
function meetingsWith(other: BitMask, components: ReturnType<typeof labelComponents>): Int32Array {
  const { rowRuns, runStart, runEnd, runLabel, mask } = components;
  const [slices, rows] = mask.shape;
  const meetings = new Int32Array(components.count);
  if (countOf(other) === 0) return meetings;
  for (let row = 0; row + 1 < rowRuns.length; row++) {
    for (const near of [row - rows, row + rows]) {
      if (near < 0 || near >= slices * rows) continue;
      for (let run = rowRuns[row] as number; run < (rowRuns[row + 1] as number); run++) {
        const label = runLabel[run] as number;
        for (let x = runStart[run] as number; x < (runEnd[run] as number); x++) {
          if (((other.words[near * mask.rowWords + (x >> 5)] as number) >> (x & 31)) & 1) {
            meetings[label] = (meetings[label] as number) + 1;
          }
        }
      }
    }
  }
  return meetings;
}
