import type { Shape3, Vector3 } from "../study/volume.ts";
import { dot, type Plane } from "./stack.ts";

/** How far each slice of a stack stands aside from the first along its columns and rows, and the canvas that holds all. */
export interface Shear {
  /** For each plane, in pixels: rows down, columns right; none below 0. */
  readonly shifts: readonly (readonly [rows: number, columns: number])[];
  /** Rows and columns to add so that every shifted slice fits. */
  readonly added: readonly [rows: number, columns: number];
  /** Where the canvas's first voxel stands for the first plane: its own position, moved against the shifts' minimum. */
  readonly originMm: Vector3;
  /** Between the way of the positions and the slices' normal. */
  readonly degrees: number;
}

/**
 * The shear of a stack's planes, as a tilted gantry leaves it: the table moves along the body while the slices lean, so each
 * slice is shifted against the one before. planes: in order, with one size, direction and pixel spacing.
 */
export function shearOf(planes: readonly Plane[], normal: Vector3): Shear {
  const [first] = planes;
  const last = planes.at(-1);
  if (first === undefined || last === undefined) throw new Error("A stack without planes");
  const { frame } = first;
  const [rowMm, columnMm] = frame.pixelSpacingMm;
  const raw = planes.map((plane) => {
    const way = minus(plane.frame.positionMm, frame.positionMm);
    return [dot(way, frame.columnDirection) / rowMm, dot(way, frame.rowDirection) / columnMm] as const;
  });
  const leastOf = (axis: 0 | 1) => raw.reduce((least, shift) => Math.min(least, shift[axis]), 0);
  const [leastRow, leastColumn] = [leastOf(0), leastOf(1)];
  const shifts = raw.map(([row, column]) => [row - leastRow, column - leastColumn] as const);
  const most = (axis: 0 | 1) => Math.ceil(shifts.reduce((most, shift) => Math.max(most, shift[axis]), 0) - 1e-3);
  const way = minus(last.frame.positionMm, frame.positionMm);
  const alongMm = Math.abs(dot(way, normal));
  const shiftMm = Math.sqrt(Math.max(0, dot(way, way) - alongMm ** 2));
  return {
    shifts,
    added: [most(0), most(1)],
    originMm: frame.positionMm.map(
      (mm, i) =>
        mm +
        leastRow * rowMm * (frame.columnDirection[i] as number) +
        leastColumn * columnMm * (frame.rowDirection[i] as number),
    ) as unknown as Vector3,
    degrees: (Math.atan2(shiftMm, alongMm) * 180) / Math.PI,
  };
}

/**
 * The voxels with each slice moved to where it stands, so that columns of voxels run along the normal: whole pixels exactly,
 * parts of pixels by linear interpolation; what no slice covers is `outsideHu`.
 * voxels, shape: [z, rows, columns]; shifts: one for each slice, as shearOf gives them.
 */
export function straighten(
  voxels: Int16Array,
  shape: Shape3,
  { shifts, added }: Pick<Shear, "shifts" | "added">,
  outsideHu: number,
): { voxels: Int16Array; shape: Shape3 } {
  const [slices, rows, columns] = shape;
  const wide: Shape3 = [slices, rows + added[0], columns + added[1]];
  const straight = new Int16Array(wide[0] * wide[1] * wide[2]).fill(outsideHu);
  for (let z = 0; z < slices; z++) {
    const [down, right] = shifts[z] as readonly [number, number];
    const slice = voxels.subarray(z * rows * columns, (z + 1) * rows * columns);
    const [row, downPart] = wholeAndPart(down);
    const [column, rightPart] = wholeAndPart(right);
    const at = (y: number, x: number) =>
      y < 0 || x < 0 || y >= rows || x >= columns ? outsideHu : (slice[y * columns + x] as number);
    for (let y = 0; y < wide[1]; y++) {
      const from = y - row;
      if (from < 0 || from - (downPart > 0 ? 1 : 0) >= rows) continue;
      const target = (z * wide[1] + y) * wide[2];
      for (let x = 0; x < wide[2]; x++) {
        const across = x - column;
        if (across < 0 || across - (rightPart > 0 ? 1 : 0) >= columns) continue;
        const upper = at(from, across) * (1 - rightPart) + at(from, across - 1) * rightPart;
        const lower =
          downPart === 0 ? 0 : at(from - 1, across) * (1 - rightPart) + at(from - 1, across - 1) * rightPart;
        straight[target + x] = Math.round(upper * (1 - downPart) + lower * downPart);
      }
    }
  }
  return { voxels: straight, shape: wide };
}

/** Parts of a thousandth of a pixel are rounding of the positions. */
function wholeAndPart(shift: number): [whole: number, part: number] {
  const nearest = Math.round(shift);
  if (Math.abs(shift - nearest) < 1e-3) return [nearest, 0];
  const whole = Math.floor(shift);
  return [whole, shift - whole];
}

const minus = (a: Vector3, b: Vector3): Vector3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
