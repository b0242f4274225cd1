import type { Volume } from "../study/volume.ts";
import { voxelMl } from "../study/volume.ts";
import { and, andNot, type BitMask, emptyMask, maskBetween, or } from "./bitMask.ts";
import { fillHoles, runsOf, withoutSmall } from "./components.ts";
import { costalPockets } from "./costalPockets.ts";
import type { DefaultLungSettings } from "./lungSettings.ts";
import { close, discOf, erode, open } from "./morphology.ts";
import type { Sides } from "./rightAndLeft.ts";
import { setRun } from "./rows.ts";
import { mediastinalZone, thoraxFrame } from "./thoraxFrame.ts";

/** So far a chest may differ from its mirror image. */
const asymmetryMm = 8;

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
  const frame = thoraxFrame({ right, left });
  const zone = mediastinalZone(volume.shape, frame);
  const isSingle = volume.shape[0] === 1;
  const bone = maskBetween(volume.voxels, volume.shape, [settings.boneAboveHu, Number.POSITIVE_INFINITY]);
  const plain = apart({ right: closed(right), left: closed(left) });
  const withPockets = (lung: BitMask, other: BitMask) => {
    // A single slice has no neighbours that tell a liver from a consolidated lobe.
    const trusted = isSingle
      ? emptyMask(volume.shape)
      : andNot(or(accumulated(lung, -1), mirrored(other, frame.mirrorAt)), zone);
    return or(lung, costalPockets(lung, { centre: frame.centre, spacingMm, trusted, bone }));
  };
  const start = apart({ right: withPockets(plain.right, plain.left), left: withPockets(plain.left, plain.right) });
  const soft = maskBetween(volume.voxels, volume.shape, [settings.airBelowHu, settings.boneAboveHu]);
  const room = { soft, zone, mirrorAt: frame.mirrorAt, volume, settings };
  const denseRight = consolidation(start.right, start.left, room);
  const denseLeft = consolidation(start.left, start.right, room);
  return apart({
    right: closed(or(start.right, andNot(denseRight, start.left))),
    left: closed(or(start.left, andNot(denseLeft, start.right))),
  });
}

function apart({ right, left }: Sides): Sides {
  return { right, left: andNot(left, right) };
}

interface Room {
  readonly soft: BitMask;
  readonly zone: BitMask;
  readonly mirrorAt: readonly number[];
  readonly volume: Volume;
  readonly settings: DefaultLungSettings;
}

/**
 * Soft tissue with lung close above and close below; or, outside of the mediastinal zone, with lung anywhere above and below, or
 * below and mirrored on the other side.
 */
function consolidation(lung: BitMask, other: BitMask, { soft, zone, mirrorAt, volume, settings }: Room): BitMask {
  const { geometry } = volume;
  const near = Math.max(1, Math.round(settings.neighbourMm / geometry.spacingMm[0]));
  const close = and(accumulated(lung, -1, near), accumulated(lung, 1, near));
  const above = accumulated(lung, 1);
  const below = accumulated(lung, -1);
  const expected = erode(mirrored(other, mirrorAt), discOf(asymmetryMm, geometry.spacingMm));
  const far = andNot(and(below, or(above, expected)), zone);
  const found = andNot(and(or(close, far), soft), lung);
  const thick = open(found, discOf(settings.thinnestDenseMm, geometry.spacingMm));
  return withoutSmall(thick, settings.smallestDenseMl / voxelMl(geometry), "volume6");
}

/** Each slice with the slices above it (direction 1) or below it (−1), itself included, as far as a number of slices. */
function accumulated(mask: BitMask, direction: 1 | -1, reach = mask.shape[0]): BitMask {
  const result = { ...mask, words: mask.words.slice() };
  const { words } = result;
  const perSlice = mask.shape[1] * mask.rowWords;
  if (reach >= mask.shape[0]) {
    // In the order in which a slice's neighbour already holds all beyond it.
    if (direction === 1) orFrom(words, { first: words.length - perSlice - 1, last: 0, from: perSlice });
    else orFrom(words, { first: perSlice, last: words.length - 1, from: -perSlice });
    return result;
  }
  // Reaches double: after a step over n slices each slice holds 2n.
  for (let covered = 1; covered <= reach; ) {
    const step = Math.min(covered, reach + 1 - covered);
    const from = direction * step * perSlice;
    if (direction === 1) orFrom(words, { first: 0, last: words.length - 1 - from, from });
    else orFrom(words, { first: words.length - 1, last: -from, from });
    covered += step;
  }
  return result;
}

/** Adds to each word, from the first to the last, the word so far from it. */
function orFrom(words: Int32Array, { first, last, from }: { first: number; last: number; from: number }): void {
  if (first <= last) for (let i = first; i <= last; i++) words[i] = (words[i] as number) | (words[i + from] as number);
  else for (let i = first; i >= last; i--) words[i] = (words[i] as number) | (words[i + from] as number);
}

/** Column x of each slice goes to column mirrorAt − x. */
function mirrored(mask: BitMask, mirrorAt: readonly number[]): BitMask {
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
