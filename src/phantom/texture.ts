import type { Random } from "../base/random.ts";

/** A smooth random function of space, the same wherever it is sampled from: about −1 … 1, correlated over one unit. */
export type Texture = (x: number, y: number, z: number) => number;

const cells = 32;
const mask = cells - 1;

/** Value noise on a lattice that repeats every 32 units, interpolated linearly with eased weights. */
export function createTexture(random: Random): Texture {
  const lattice = new Float32Array(cells ** 3);
  for (let i = 0; i < lattice.length; i++) lattice[i] = random.between(-1.6, 1.6);
  return (x, y, z) => {
    const x0 = Math.floor(x);
    const y0 = Math.floor(y);
    const z0 = Math.floor(z);
    const fx = ease(x - x0);
    const fy = ease(y - y0);
    const fz = ease(z - z0);
    const left = x0 & mask;
    const right = (x0 + 1) & mask;
    const front = (y0 & mask) * cells;
    const back = ((y0 + 1) & mask) * cells;
    const low = (z0 & mask) * cells * cells;
    const high = ((z0 + 1) & mask) * cells * cells;
    const at = (i: number) => lattice[i] as number;
    const lowFront = at(low + front + left) + fx * (at(low + front + right) - at(low + front + left));
    const lowBack = at(low + back + left) + fx * (at(low + back + right) - at(low + back + left));
    const highFront = at(high + front + left) + fx * (at(high + front + right) - at(high + front + left));
    const highBack = at(high + back + left) + fx * (at(high + back + right) - at(high + back + left));
    const lower = lowFront + fy * (lowBack - lowFront);
    const upper = highFront + fy * (highBack - highFront);
    return lower + fz * (upper - lower);
  };
}

/** 0 at and below 0, 1 at and above 1, smooth between. */
export function ease(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  return t * t * (3 - 2 * t);
}

/** The smaller of two distances, its corner rounded over `roundMm`. */
export function roundedMin(a: number, b: number, roundMm: number): number {
  const overlap = roundMm - Math.abs(a - b);
  const smaller = Math.min(a, b);
  return overlap > 0 ? smaller - (overlap * overlap) / (4 * roundMm) : smaller;
}
