import type { VolumeHeader } from "../study/volumePlanes.ts";
import type { Warning } from "../study/warning.ts";

/** A check of a volume's planes, which come one by one in any order. */
export interface Check {
  /** plane: [y, x]. */
  add(z: number, plane: Int16Array): void;
  /** After all planes. */
  warning(): Warning | null;
}

/** Every so many rows and columns are looked at. */
const stride = 4;

/**
 * Places where a slice differs from its neighbour far more than slices around do: the patient moved or breathed, or parts of
 * two scans were put together.
 */
export function jumpCheck({ shape: [slices, rows, columns] }: VolumeHeader): Check {
  const differences = new Float64Array(Math.max(0, slices - 1));
  /** Every fourth row and column of planes whose neighbours have not both come. */
  const waiting = new Map<number, Int16Array>();
  const met = new Uint8Array(slices);
  const meet = (z: number, lower: Int16Array, upper: Int16Array) => {
    let sum = 0;
    for (let i = 0; i < lower.length; i++) sum += Math.abs((lower[i] as number) - (upper[i] as number));
    differences[z] = sum / lower.length;
    for (const one of [z, z + 1]) {
      met[one] = (met[one] as number) + 1;
      if (met[one] === 2) waiting.delete(one);
    }
  };
  return {
    add(z, plane) {
      const own = everyFourth(plane, rows, columns);
      waiting.set(z, own);
      const [below, above] = [waiting.get(z - 1), waiting.get(z + 1)];
      if (below) meet(z - 1, below, own);
      if (above) meet(z, own, above);
    },
    warning() {
      if (slices < 12) return null;
      const found = [...differences].flatMap((own, z) => {
        const around = [...differences.subarray(Math.max(0, z - 4), z + 5)].sort((a, b) => a - b);
        const usual = around[around.length >> 1] as number;
        return own > 3 * usual && own > 40 ? [z] : [];
      });
      if (found.length === 0) return null;
      return {
        code: "SLICES_JUMP",
        message: `The body jumps between slices ${found
          .slice(0, 3)
          .map((z) => `${z + 1} and ${z + 2}`)
          .join(", ")}${found.length > 3 ? ", …" : ""}: it moved, breathed, or two scans were put together.`,
      };
    },
  };
}

function everyFourth(plane: Int16Array, rows: number, columns: number): Int16Array {
  const across = Math.ceil(columns / stride);
  const result = new Int16Array(Math.ceil(rows / stride) * across);
  for (let y = 0, at = 0; y < rows; y += stride) {
    for (let x = y * columns; x < (y + 1) * columns; x += stride) result[at++] = plane[x] as number;
  }
  return result;
}
