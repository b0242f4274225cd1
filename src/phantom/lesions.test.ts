import { expect, test } from "vitest";
import { createRandom } from "../base/random.ts";
import { drawAnatomy } from "./anatomy.ts";
import { boxOf, type Cloud, depthInLobe, type Lobe, type Nodule, sampleCloud, sampleNodule } from "./lesions.ts";
import { createDepthField, drawLungPoint } from "./tree.ts";

const anatomy = drawAnatomy(createRandom(11));
const lobes: Lobe[] = ["right upper", "right middle", "right lower", "left upper", "left lower"];

test("every place of the lungs is in one lobe and no other", () => {
  const depth = createDepthField(anatomy);
  const random = createRandom(12);
  for (let i = 0; i < 300; i++) {
    const side = random.pick([1, 2] as const);
    const point = drawLungPoint(anatomy, depth, random, side, 1);
    const inside = lobes.filter((lobe) => depthInLobe(anatomy, lobe, point) > 0);
    expect(inside).toHaveLength(1);
    expect(inside[0]).toMatch(side === 1 ? /^right/ : /^left/);
  }
});

const nodule: Nodule = {
  shape: "nodule",
  side: 1,
  centre: { x: -60, y: 10, z: 60 },
  radiusMm: 10,
  hu: 30,
  wallMm: null,
  haloMm: 0,
  haloHu: -500,
  unevenness: 0,
};
const along = (shape: Nodule, millimetres: number) =>
  sampleNodule(anatomy, shape, { x: -60 + millimetres, y: 10, z: 60 });

test("a solid nodule is dense to its radius and nothing beyond", () => {
  expect(along(nodule, 0)).toEqual({ share: 1, hu: 30, manifestation: 1 });
  expect(along(nodule, 8).share).toBe(1);
  expect(along(nodule, 10).share).toBeCloseTo(0.5, 5);
  expect(along(nodule, 12).share).toBe(0);
});

test("a cavity holds air within its wall; a halo is ground glass around it", () => {
  const cavity = { ...nodule, wallMm: 3, haloMm: 8 };
  expect(along(cavity, 0).hu).toBeLessThan(-900);
  expect(along(cavity, 8.5)).toMatchObject({ share: 1, manifestation: 1 });
  expect(along(cavity, 8.5).hu).toBeGreaterThan(-300);
  expect(along(cavity, 12)).toMatchObject({ hu: -500, manifestation: 0 });
});

const cloud: Cloud = {
  shape: "cloud",
  side: 2,
  centre: { x: 100, y: 0, z: 60 },
  halfAlongMm: 30,
  halfZMm: 20,
  halfDepthMm: 18,
  lobe: null,
  glassHu: -500,
  coreHu: 0,
  core: 0,
  unevenness: 0.3,
  softness: 0.4,
  netHu: 0,
};

test("ground glass at the pleura fades with the depth and stays within its box", () => {
  const random = createRandom(4);
  const box = boxOf(cloud);
  let near = 0;
  let deep = 0;
  const shown: { x: number; y: number; z: number; hu: number }[] = [];
  for (let i = 0; i < 3000; i++) {
    const point = { x: random.between(20, 160), y: random.between(-90, 90), z: random.between(0, 120) };
    const shallow = sampleCloud(anatomy, cloud, point, 3);
    near += shallow.share;
    deep += sampleCloud(anatomy, cloud, point, 22).share;
    if (shallow.share === 0) continue;
    shown.push({ ...point, hu: shallow.hu });
  }
  expect(shown.every(({ x, y }) => x > box.left && x < box.right && y > box.front && y < box.back)).toBe(true);
  expect(shown.every(({ z }) => z > box.low && z < box.high)).toBe(true);
  expect(shown.every(({ hu }) => hu > -600 && hu < -400)).toBe(true);
  expect(near).toBeGreaterThan(50);
  expect(deep).toBeLessThan(0.1 * near);
});

test("a lobe's consolidation ends at its fissures", () => {
  const depth = createDepthField(anatomy);
  const random = createRandom(5);
  const lower: Cloud = { ...cloud, side: 1, halfDepthMm: null, halfAlongMm: 90, halfZMm: 90, lobe: "right lower" };
  for (let i = 0; i < 200; i++) {
    const point = drawLungPoint(anatomy, depth, random, 1, 3);
    const { share } = sampleCloud(anatomy, { ...lower, centre: point }, point, 10);
    const inside = depthInLobe(anatomy, "right lower", point);
    if (inside < -2) expect(share).toBe(0);
    if (inside > 5) expect(share).toBeGreaterThan(0.5);
  }
});
