import type { Random } from "../base/random.ts";
import type { Anatomy } from "./anatomy.ts";
import { drawCovidLesions } from "./covid.ts";
import type { Lesion } from "./lesions.ts";
import type { DepthField } from "./tree.ts";

/** How an illness goes on: it spreads; it clears up; it clears up and leaves streaks. */
export const courses = ["worsens", "heals", "scars"] as const;
export type Course = (typeof courses)[number];

/** Clouds are whole until the first of these days of the illness and gone on the second. */
const clearing = [12, 44] as const;

/**
 * The lesions of a course on a day of the illness. Until they clear up they are those of covid.ts, on the same places and
 * from the same random numbers every day; then clouds shrink and fade, and streaks stay where the course leaves them.
 */
export function drawCourseLesions(
  anatomy: Anatomy,
  depth: DepthField,
  { disease, course, day }: { readonly disease: () => Random; readonly course: Course; readonly day: number },
): Lesion[] {
  if (course === "worsens") return drawCovidLesions(anatomy, depth, disease(), day);
  const [whole, gone] = clearing;
  const left = 1 - Math.max(0, Math.min(1, (day - whole) / (gone - whole)));
  const clouds = drawCovidLesions(anatomy, depth, disease(), Math.min(day, whole)).flatMap((lesion) =>
    lesion.shape === "cloud" ? shrunken(lesion, left) : [],
  );
  if (course === "heals") return clouds;
  const strands = drawCovidLesions(anatomy, depth, disease(), day).filter(({ shape }) => shape === "strand");
  return [...clouds, ...strands];
}

type Cloud = Extract<Lesion, { shape: "cloud" }>;

/** left: the share of the cloud's volume that is left. */
function shrunken(cloud: Cloud, left: number): Cloud[] {
  if (left <= 0.02) return [];
  const size = Math.cbrt(left);
  return [
    {
      ...cloud,
      halfAlongMm: cloud.halfAlongMm * size,
      halfZMm: cloud.halfZMm * size,
      halfDepthMm: cloud.halfDepthMm === null ? null : cloud.halfDepthMm * size,
      glassHu: cloud.glassHu - 80 * (1 - left),
      core: cloud.core * left,
      netHu: cloud.netHu * left,
    },
  ];
}
