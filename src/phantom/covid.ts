import type { Random } from "../base/random.ts";
import { type Anatomy, diaphragmZMm } from "./anatomy.ts";
import type { Cloud, Lesion } from "./lesions.ts";
import type { Point } from "./plane.ts";
import { type DepthField, drawLungPoint, type Rod } from "./tree.ts";

/**
 * COVID-19 pneumonia on a day of the illness: ground glass at the pleura of both lungs, mostly low and behind, that
 * spreads and condenses until about day 10, then fades and leaves streaks.
 *
 * One person's lesions keep their places from study to study: the random stream decides them, the day their look.
 * @source Pan et al. 2020, Time course of lung changes at chest CT during recovery from COVID-19.
 */
export function drawCovidLesions(anatomy: Anatomy, depth: DepthField, random: Random, day: number): Lesion[] {
  const severity = random.uniform();
  const count =
    severity < 0.1 ? 3 + random.integer(3) : severity < 0.6 ? 9 + random.integer(7) : 15 + random.integer(9);
  const onlySide = random.uniform() < 0.1 ? random.pick([1, 2] as const) : null;
  const size = 0.95 + 0.35 * severity;
  const lesions: Lesion[] = [];
  const firstSide = random.pick([1, 2] as const);
  for (let i = 0; i < count; i++) {
    const own = random.fork(`lesion ${i}`);
    const side = onlySide ?? ((i % 2 === 0 ? firstSide : 3 - firstSide) as 1 | 2);
    const onset = i < 2 ? own.between(-2, 1) : own.between(-1, 6);
    lesions.push(...drawPatch(anatomy, depth, own, side, day - onset, size));
  }
  return lesions;
}

function drawPatch(
  anatomy: Anatomy,
  depth: DepthField,
  random: Random,
  side: 1 | 2,
  age: number,
  size: number,
): Lesion[] {
  const isPeripheral = random.uniform() < 0.86;
  const centre = isPeripheral
    ? pleuralPoint(anatomy, depth, random, side)
    : drawLungPoint(anatomy, depth, random, side, 16);
  const along = random.between(22, 46) * size;
  const high = random.between(18, 40) * size;
  const inwards = random.between(13, 30) * size;
  const density = random.between(-610, -430);
  const condenses = random.uniform();
  const lasting = random.between(12, 24);
  const scarring = random.uniform();
  if (age < 0.5) return [];
  const grown = 0.5 + 0.5 * Math.min(1, age / 6);
  const fading = Math.max(0, Math.min(1, (age - 13) / lasting));
  const denser = 130 * Math.min(1, age / 7);
  const core =
    condenses < 0.5 && age > 4 ? (0.35 + 0.4 * condenses) * Math.min(1, (age - 3) / 5) * (1 - 0.75 * fading) : 0;
  const cloud: Cloud = {
    shape: "cloud",
    side,
    centre,
    halfAlongMm: (isPeripheral ? along : 0.55 * along) * grown * (1 - 0.35 * fading),
    halfZMm: high * grown * (1 - 0.3 * fading),
    halfDepthMm: isPeripheral ? inwards * grown * (1 - 0.4 * fading) : null,
    lobe: null,
    glassHu: density + denser - 170 * fading,
    coreHu: -40,
    core,
    unevenness: 0.3,
    softness: 0.42,
    netHu: age > 4 && condenses > 0.35 ? 120 * (1 - fading) : 0,
  };
  const streaks =
    age > 8 && scarring < 0.75 ? 1 + Math.floor(3 * Math.min(1, (age - 8) / 10) * random.uniform() + 0.5) : 0;
  const strands: Lesion[] = [];
  for (let i = 0; i < streaks; i++)
    strands.push(drawStrand(anatomy, depth, random.fork(`strand ${i}`), side, centre, along));
  return [cloud, ...strands];
}

/** A point on the outer pleura, rather low and rather behind. */
function pleuralPoint(anatomy: Anatomy, depth: DepthField, random: Random, side: 1 | 2): Point {
  let best: Point | null = null;
  let bestCost = Infinity;
  for (let attempt = 0; attempt < 24; attempt++) {
    const point = drawLungPoint(anatomy, depth, random, side, 2);
    const { costalMm } = depth(point);
    const lowness = point.z / anatomy.apexMm;
    const frontness = -point.y / anatomy.halfDepthMm;
    const onDome = Math.max(0, 14 - (point.z - diaphragmZMm(anatomy, point.x, point.y)));
    const cost = costalMm * 2.2 + 14 * lowness + 12 * frontness + 1.5 * onDome + random.between(0, 46);
    if (cost < bestCost) {
      bestCost = cost;
      best = point;
    }
  }
  return best ?? drawLungPoint(anatomy, depth, random, side, 2);
}

/** A band of scar near a lesion, along the pleura or towards it. */
function drawStrand(
  anatomy: Anatomy,
  depth: DepthField,
  random: Random,
  side: 1 | 2,
  near: Point,
  spreadMm: number,
): Lesion {
  const away = Math.hypot(near.x, near.y) || 1;
  const inwards = { x: -near.x / away, y: -near.y / away };
  const along = { x: -inwards.y, y: inwards.x };
  const length = random.between(24, 60);
  const turn = random.uniform() < 0.6 ? random.between(-0.35, 0.35) : random.between(0.6, 1.4) * random.pick([-1, 1]);
  const heading = {
    x: Math.cos(turn) * along.x + Math.sin(turn) * inwards.x,
    y: Math.cos(turn) * along.y + Math.sin(turn) * inwards.y,
  };
  const start = random.between(8, 22);
  const offset = random.between(-0.5, 0.5) * spreadMm;
  const climb = random.between(-0.25, 0.25);
  const bend = random.between(-0.16, 0.16);
  const base = {
    x: near.x + start * inwards.x + offset * along.x - 0.5 * length * heading.x,
    y: near.y + start * inwards.y + offset * along.y - 0.5 * length * heading.y,
    z: near.z + random.between(-0.5, 0.5) * spreadMm,
  };
  const radius = random.between(0.9, 2);
  const points: Point[] = [];
  const steps = 6;
  for (let i = 0; i <= steps; i++) {
    const t = (i / steps) * length;
    const sag = bend * t * (1 - i / steps) * 4;
    const point = {
      x: base.x + t * heading.x + sag * inwards.x,
      y: base.y + t * heading.y + sag * inwards.y,
      z: base.z + t * climb + random.between(-1.5, 1.5),
    };
    if (depth(point).side === side) points.push(point);
  }
  const rods: Rod[] = [];
  for (let i = 1; i < points.length; i++) {
    const from = points[i - 1] as Point;
    const to = points[i] as Point;
    const taper = (at: number) => radius * (0.55 + 0.9 * Math.sin((Math.PI * (at + 0.3)) / (points.length + 0.2)));
    rods.push({ from, to, fromRadius: taper(i - 1), toRadius: taper(i) });
  }
  return { shape: "strand", side, rods: rods.flatMap((rod) => sheet(rod, anatomy)), hu: random.between(-320, -60) };
}

/** A band is a sheet rather than a thread: the same line at three heights. */
function sheet(rod: Rod, anatomy: Anatomy): Rod[] {
  const lift = 0.018 * anatomy.apexMm;
  return [-1, 0, 1].map((step) => ({
    ...rod,
    from: { ...rod.from, z: rod.from.z + step * lift },
    to: { ...rod.to, z: rod.to.z + step * lift },
  }));
}
