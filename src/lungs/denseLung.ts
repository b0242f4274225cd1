import type { Volume } from "../study/volume.ts";
import { voxelMl } from "../study/volume.ts";
import { and, andNot, type BitMask, emptyMask, maskBetween, or } from "./bitMask.ts";
import { fillHoles, runsOf, withoutSmall } from "./components.ts";
import { costalPockets } from "./costalPockets.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { close, discOf, open } from "./morphology.ts";
import type { Sides } from "./rightAndLeft.ts";
import { setRun } from "./rows.ts";
import { mediastinalZone, thoraxFrame } from "./thoraxFrame.ts";

/**
 * Each lung with what is dense in it: vessels and small lesions (by closing), consolidation along the ribs (by the lung's
 * convex outline), and larger consolidation with aerated lung above and below, or below where the other side has lung.
 */
export function withDenseLung(
  volume: Volume,
  { right, left, airways, body }: Sides & { readonly airways: BitMask; readonly body: BitMask },
  settings: DefaultLungSettings,
): Sides {
  const { spacingMm } = volume.geometry;
  const disc = discOf(settings.closingMm, spacingMm);
  const inner = andNot(body, airways);
  const closed = (lung: BitMask) => and(fillHoles(and(close(lung, disc), inner)), body);
  const frame = { ...thoraxFrame({ right, left }), spacingMm };
  const withPockets = (lung: BitMask) => or(lung, costalPockets(lung, frame));
  const start = apart({ right: withPockets(closed(right)), left: withPockets(closed(left)) });
  const soft = andNot(
    maskBetween(volume.voxels, volume.shape, [settings.airBelowHu, settings.boneAboveHu]),
    mediastinalZone(volume.shape, frame),
  );
  const dense = {
    right: consolidation(start.right, start.left, { soft, volume, mirrorAt: frame.mirrorAt, settings }),
    left: consolidation(start.left, start.right, { soft, volume, mirrorAt: frame.mirrorAt, settings }),
  };
  return apart({
    right: closed(or(start.right, andNot(dense.right, start.left))),
    left: closed(or(start.left, andNot(dense.left, start.right))),
  });
}

function apart({ right, left }: Sides): Sides {
  return { right, left: andNot(left, right) };
}

/** Soft tissue between aerated lung above and below; or above aerated lung, where the mirrored other lung is. */
function consolidation(
  lung: BitMask,
  other: BitMask,
  {
    soft,
    volume,
    mirrorAt,
    settings,
  }: { soft: BitMask; volume: Volume; mirrorAt: number; settings: DefaultLungSettings },
): BitMask {
  const above = accumulated(lung, "down");
  const below = accumulated(lung, "up");
  const expected = or(and(above, below), and(below, mirrored(other, mirrorAt)));
  const { geometry } = volume;
  const candidates = open(and(andNot(expected, lung), soft), discOf(settings.thinnestDenseMm, geometry.spacingMm));
  return withoutSmall(candidates, settings.smallestDenseMl / voxelMl(geometry), "volume6");
}

/** Each slice with all that lies above it ("down") or below it ("up"), itself included. */
function accumulated(mask: BitMask, direction: "up" | "down"): BitMask {
  const result = { ...mask, words: mask.words.slice() };
  const { words } = result;
  const perSlice = mask.shape[1] * mask.rowWords;
  if (direction === "up") {
    for (let i = perSlice; i < words.length; i++) words[i] = (words[i] as number) | (words[i - perSlice] as number);
  } else {
    for (let i = words.length - perSlice - 1; i >= 0; i--) {
      words[i] = (words[i] as number) | (words[i + perSlice] as number);
    }
  }
  return result;
}

/** Column x goes to column mirrorAt − x. */
function mirrored(mask: BitMask, mirrorAt: number): BitMask {
  const result = emptyMask(mask.shape);
  const { rowRuns, runStart, runEnd } = runsOf(mask);
  for (let row = 0; row + 1 < rowRuns.length; row++) {
    for (let run = rowRuns[row] as number; run < (rowRuns[row + 1] as number); run++) {
      const start = Math.max(0, mirrorAt - (runEnd[run] as number) + 1);
      const end = Math.min(mask.shape[2], mirrorAt - (runStart[run] as number) + 1);
      if (end > start) setRun(result, row, { start, end });
    }
  }
  return result;
}
