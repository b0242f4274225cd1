import { type BitMask, emptyMask } from "./bitMask.ts";
import { runsOf } from "./components.ts";
import { setRun } from "./rows.ts";

/** Each slice with the slices above it, itself included, as far as a number of slices. */
export function withAbove(mask: BitMask, reach = mask.shape[0]): BitMask {
  return accumulated(mask, 1, reach);
}

/** Each slice with the slices below it, itself included, as far as a number of slices. */
export function withBelow(mask: BitMask, reach = mask.shape[0]): BitMask {
  return accumulated(mask, -1, reach);
}

/** Reaches double: after a step over n slices each slice holds 2n. */
function accumulated(mask: BitMask, direction: 1 | -1, reach: number): BitMask {
  const words = mask.words.slice();
  const perSlice = mask.shape[1] * mask.rowWords;
  for (let covered = 1; covered <= reach && covered < mask.shape[0]; ) {
    const step = Math.min(covered, reach + 1 - covered);
    const far = step * perSlice;
    if (direction === 1) {
      for (let i = 0; i + far < words.length; i++) words[i] = (words[i] as number) | (words[i + far] as number);
    } else {
      for (let i = words.length - 1; i >= far; i--) words[i] = (words[i] as number) | (words[i - far] as number);
    }
    covered += step;
  }
  return { ...mask, words };
}

/** Column x of each slice goes to column mirrorAt − x. */
export function mirrored(mask: BitMask, mirrorAt: readonly number[]): BitMask {
  const result = emptyMask(mask.shape);
  const rows = mask.shape[1];
  const { rowRuns, runStart, runEnd } = runsOf(mask);
  for (let row = 0; row + 1 < rowRuns.length; row++) {
    for (let run = rowRuns[row] as number; run < (rowRuns[row + 1] as number); run++) {
      const sum = mirrorAt[Math.floor(row / rows)] as number;
      const start = Math.max(0, sum - (runEnd[run] as number) + 1);
      const end = Math.min(mask.shape[2], sum - (runStart[run] as number) + 1);
      if (end > start) setRun(result, row, { start, end });
    }
  }
  return result;
}
