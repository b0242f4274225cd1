import { expect, test } from "vitest";
import { createRandom } from "../base/random.ts";
import { drawAnatomy } from "./anatomy.ts";
import { createDepthField, distance, drawLungPoint, growTree } from "./tree.ts";

test("a tree reaches every target, is one piece and never widens outwards from a fork", () => {
  const random = createRandom(3);
  const targets = Array.from({ length: 60 }, () => ({
    x: random.between(10, 90),
    y: random.between(-60, 60),
    z: random.between(-60, 60),
  }));
  const root = { x: 0, y: 0, z: 0 };
  const rods = growTree([{ x: -10, y: 0, z: 0 }, root], targets, { endRadius: 0.6, rootRadius: 6 }, random);
  for (const target of targets) expect(rods.some((rod) => distance(rod.to, target) < 1e-9)).toBe(true);
  const ends = new Set([{ x: -10, y: 0, z: 0 }, ...rods.map((rod) => rod.to)].map((point) => JSON.stringify(point)));
  for (const rod of rods) {
    expect(ends.has(JSON.stringify(rod.from))).toBe(true);
    expect(rod.fromRadius).toBeGreaterThanOrEqual(rod.toRadius);
    expect(rod.toRadius).toBeLessThanOrEqual(6);
    expect(rod.toRadius).toBeGreaterThanOrEqual(0.6);
  }
});

test("points drawn in a lung lie in that lung, so deep as asked; the midline and the outside are no lung", () => {
  for (let seed = 0; seed < 5; seed++) {
    const random = createRandom(seed);
    const anatomy = drawAnatomy(random);
    const depth = createDepthField(anatomy);
    for (const side of [1, 2] as const) {
      for (let i = 0; i < 20; i++) {
        const point = drawLungPoint(anatomy, depth, random, side, 5);
        const found = depth(point);
        expect(found.side).toBe(side);
        expect(found.depthMm).toBeGreaterThanOrEqual(5);
        expect(Math.sign(point.x)).toBe(side === 1 ? -1 : 1);
      }
    }
    expect(depth({ x: 0, y: 0, z: 80 }).side).toBe(0);
    expect(depth({ x: 60, y: 0, z: anatomy.apexMm + 20 }).side).toBe(0);
    expect(depth({ x: anatomy.halfWidthMm + 20, y: 0, z: 80 }).side).toBe(0);
    expect(depth({ x: -60, y: 0, z: -90 }).side).toBe(0);
  }
});
