import type { Random } from "../base/random.ts";
import { type Anatomy, diaphragmZMm } from "./anatomy.ts";
import type { Point } from "./plane.ts";
import { cutSection, lungDepthAt, type Section } from "./section.ts";

/** A piece of a vessel or bronchus between two points, tapering. */
export interface Rod {
  readonly from: Point;
  readonly to: Point;
  readonly fromRadius: number;
  readonly toRadius: number;
}

/** Sections every few millimetres, to ask quickly how deep a point of space lies in a lung. */
export type DepthField = (point: Point) => { side: 0 | 1 | 2; depthMm: number; costalMm: number };

const layerMm = 5;

/** The depth in the lungs of any point of a person, by the nearest of sections 5 mm apart. */
export function createDepthField(anatomy: Anatomy): DepthField {
  const layers = new Map<number, Section>();
  return (point) => {
    const layer = Math.round(point.z / layerMm);
    let section = layers.get(layer);
    if (!section) {
      section = cutSection(anatomy, layer * layerMm);
      layers.set(layer, section);
    }
    return lungDepthAt(anatomy, section, point.x, point.y);
  };
}

/** A point of a lung drawn evenly from its volume, at least so deep. side: 1 right, 2 left. */
export function drawLungPoint(
  anatomy: Anatomy,
  depth: DepthField,
  random: Random,
  side: 1 | 2,
  minDepthMm: number,
): Point {
  for (let attempt = 0; attempt < 4000; attempt++) {
    const x = random.uniform() * anatomy.halfWidthMm * (side === 1 ? -1 : 1);
    const y = random.between(-1, 1) * anatomy.halfDepthMm;
    const low = Math.max(-75, diaphragmZMm(anatomy, x, y));
    const point = { x, y, z: random.between(-75, anatomy.apexMm) };
    if (point.z < low) continue;
    const found = depth(point);
    if (found.side === side && found.depthMm >= minDepthMm) return point;
  }
  return { x: (side === 1 ? -0.5 : 0.5) * anatomy.halfWidthMm, y: 0, z: 0.4 * anatomy.apexMm };
}

interface Node {
  readonly point: Point;
  readonly parent: number;
  readonly pathMm: number;
}

/**
 * A tree that grows from a root to all targets by short ways, its branches thinner the fewer ends they feed.
 *
 * trunk: points from the root outwards that the tree starts with. Nearest targets are joined first, each at the node
 * where way to it plus a share of the way from the root is shortest.
 * @source Radii: Murray's law with the exponent 2.7 of pulmonary arteries (Huang et al. 1996).
 */
export function growTree(
  trunk: readonly Point[],
  targets: readonly Point[],
  shape: { endRadius: number; rootRadius: number; exponent?: number; stepMm?: number; detour?: number },
  random: Random,
): Rod[] {
  const { exponent = 2.7, stepMm = 13, detour = 0.42 } = shape;
  const nodes: Node[] = [];
  for (const point of trunk) {
    const parent = nodes.length - 1;
    const before = nodes[parent];
    nodes.push({ point, parent, pathMm: before ? before.pathMm + distance(before.point, point) : 0 });
  }
  const root = trunk[trunk.length - 1] as Point;
  const ordered = [...targets].sort((a, b) => distance(a, root) - distance(b, root));
  const feeds = new Map<number, number>();
  for (const target of ordered) {
    let best = 0;
    let bestCost = Infinity;
    for (let i = trunk.length > 1 ? 1 : 0; i < nodes.length; i++) {
      const node = nodes[i] as Node;
      const cost = distance(node.point, target) + detour * node.pathMm;
      if (cost < bestCost) {
        bestCost = cost;
        best = i;
      }
    }
    const start = nodes[best] as Node;
    const way = distance(start.point, target);
    const steps = Math.max(1, Math.round(way / stepMm));
    let parent = best;
    for (let step = 1; step <= steps; step++) {
      const t = step / steps;
      const sway = step < steps ? 0.13 * stepMm : 0;
      const point = {
        x: start.point.x + t * (target.x - start.point.x) + sway * random.normal(),
        y: start.point.y + t * (target.y - start.point.y) + sway * random.normal(),
        z: start.point.z + t * (target.z - start.point.z) + sway * random.normal(),
      };
      nodes.push({ point, parent, pathMm: start.pathMm + t * way });
      parent = nodes.length - 1;
    }
    for (let up = parent; up >= 0; up = (nodes[up] as Node).parent) feeds.set(up, (feeds.get(up) ?? 0) + 1);
  }
  const radiusOf = (node: number) =>
    Math.min(shape.rootRadius, shape.endRadius * (feeds.get(node) ?? 1) ** (1 / exponent));
  const rods: Rod[] = [];
  nodes.forEach((node, i) => {
    const parent = nodes[node.parent];
    if (!parent) return;
    const toRadius = radiusOf(i);
    const fromRadius = Math.min(radiusOf(node.parent), toRadius * 1.35);
    rods.push({ from: parent.point, to: node.point, fromRadius, toRadius });
  });
  return rods;
}

/** The distance of two points. */
export function distance(a: Point, b: Point): number {
  const dx = a.x - b.x;
  const dy = a.y - b.y;
  const dz = a.z - b.z;
  return Math.sqrt(dx * dx + dy * dy + dz * dz);
}
