import { createHash } from "node:crypto";

/** A stream of random numbers that the seed decides wholly. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** A whole number in 0 … below − 1. */
  integer(below: number): number;
  /** Standard normal. */
  normal(): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  /** The items in a new order. */
  shuffled<T>(items: readonly T[]): T[];
  /**
   * A stream of its own, named by the label: the same whatever was drawn before, so that work can be resumed or done in
   * any order with the same result.
   */
  fork(label: string | number): Random;
}

/**
 * Random numbers from a seed: xoshiro128**, its state from SHA-256 of the seed.
 * @source Blackman and Vigna 2021, Scrambled linear pseudorandom number generators.
 */
export function createRandom(seed: string | number): Random {
  const digest = createHash("sha256").update(String(seed)).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let d = digest.readInt32LE(12) | 1;

  function next(): number {
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  }

  const random: Random = {
    uniform: () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53,
    between: (low, high) => low + (high - low) * random.uniform(),
    integer: (below) => Math.floor(random.uniform() * below),
    normal: () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform()),
    pick: (items) => items[random.integer(items.length)] as (typeof items)[number],
    shuffled(items) {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = random.integer(i + 1);
        const kept = copy[i] as (typeof copy)[number];
        copy[i] = copy[j] as (typeof copy)[number];
        copy[j] = kept;
      }
      return copy;
    },
    fork: (label) => createRandom(`${seed}/${label}`),
  };
  return random;
}
