import { type BitMask, maskOfBytes } from "../lungs/bitMask.ts";
import { type LungMask, leftLung, rightLung } from "../lungs/lungMask.ts";
import { eachRun } from "../lungs/rows.ts";
import { type Shape3, type Volume, voxelMl } from "../study/volume.ts";

/** Voxels are joined in blocks of about this size: noise and vessels fade, and no lesion that is measured is smaller. */
const pixelMm = 2;
const sliceMm = 2.5;

/** The lungs on a coarse grid. Arrays are [z, y, x] of blocks. */
export interface LungGrid {
  readonly shape: Shape3;
  readonly spacingMm: Shape3;
  /** Slices, rows and columns of a block. */
  readonly block: Shape3;
  /** Mean of the block's voxels that are lung, Hounsfield units; 0 where there is none. */
  readonly hu: Int16Array;
  /** 0 outside, 1 right lung, 2 left lung: whichever has more of the block. */
  readonly side: Uint8Array;
  /** Millilitres of lung in the block. */
  readonly ml: Float32Array;
  /** Blocks that are lung by half or more. */
  readonly lungs: BitMask;
}

/** A volume's lungs in blocks; only voxels of the lungs count, so that what lies beside them blurs nothing. */
export function lungGridOf(volume: Volume, mask: LungMask): LungGrid {
  const { voxels, shape, geometry } = volume;
  const [spacingZ, spacingY, spacingX] = geometry.spacingMm;
  const across = Math.max(1, Math.round(pixelMm / Math.max(spacingY, spacingX)));
  const block: Shape3 = [Math.max(1, Math.round(sliceMm / spacingZ)), across, across];
  const [slices, rows, columns] = shape.map((count, axis) => Math.ceil(count / block[axis])) as [
    number,
    number,
    number,
  ];
  const blocks = slices * rows * columns;
  const sum = new Int32Array(blocks);
  const counts = [new Uint16Array(blocks), new Uint16Array(blocks)] as const;
  const blockOfColumn = Int32Array.from({ length: shape[2] }, (_, x) => Math.floor(x / across));
  for (const [lung, count] of [
    [mask.right, counts[0]],
    [mask.left, counts[1]],
  ] as const) {
    eachRun(lung, (start, end) => {
      const row = Math.floor(start / shape[2]);
      const z = Math.floor(row / shape[1]);
      const first = (Math.floor(z / block[0]) * rows + Math.floor((row - z * shape[1]) / across)) * columns;
      const away = row * shape[2];
      for (let i = start; i < end; i++) {
        const at = first + (blockOfColumn[i - away] as number);
        sum[at] = (sum[at] as number) + (voxels[i] as number);
        count[at] = (count[at] as number) + 1;
      }
    });
  }
  const hu = new Int16Array(blocks);
  const side = new Uint8Array(blocks);
  const ml = new Float32Array(blocks);
  const isLung = new Uint8Array(blocks);
  const oneMl = voxelMl(geometry);
  const half = (block[0] * across * across) / 2;
  for (let i = 0; i < blocks; i++) {
    const [right, left] = [counts[0][i] as number, counts[1][i] as number];
    const count = right + left;
    if (count === 0) continue;
    hu[i] = Math.round((sum[i] as number) / count);
    side[i] = right >= left ? rightLung : leftLung;
    ml[i] = count * oneMl;
    isLung[i] = count >= half ? 1 : 0;
  }
  const gridShape: Shape3 = [slices, rows, columns];
  return {
    shape: gridShape,
    spacingMm: [spacingZ * block[0], spacingY * across, spacingX * across],
    block,
    hu,
    side,
    ml,
    lungs: maskOfBytes(isLung, gridShape),
  };
}
