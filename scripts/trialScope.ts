// How well the scope of disease is measured, on drawn studies whose lesions are known: lung and lesion volumes, shares,
// the severity score; writes Bland–Altman plots. `npm run trial:scope -- [--subjects N] [--seed N] [--out FOLDER] [--pairs FILE]`
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeFileWhole, writeJson } from "../src/base/files.ts";
import { createRandom } from "../src/base/random.ts";
import { isolateLungs } from "../src/lungs/isolateLungs.ts";
import { defaultLungs } from "../src/lungs/lungSettings.ts";
import { drawAnatomy } from "../src/phantom/anatomy.ts";
import { type DrawnStudy, drawStudy } from "../src/phantom/drawStudy.ts";
import { depthInLobe } from "../src/phantom/lesions.ts";
import { planPhantoms } from "../src/phantom/planPhantoms.ts";
import {
  type Agreement,
  agreementFigure,
  agreementOf,
  type MeasuredTwice,
} from "../src/report/figures/agreementFigure.ts";
import { standaloneSvg } from "../src/report/figures/figure.ts";
import { measureScope } from "../src/scope/measureScope.ts";
import { lobesOfScope, zoneOf } from "../src/scope/scope.ts";
import { lobePoints } from "../src/scope/severityScore.ts";
import { voxelMl } from "../src/study/volume.ts";

const { values } = parseArgs({
  options: {
    subjects: { type: "string", default: "24" },
    seed: { type: "string", default: "505" },
    matrix: { type: "string", default: "512" },
    spacing: { type: "string", default: "5" },
    out: { type: "string", default: "docs/images" },
    /** A file for every measured and true value. */
    pairs: { type: "string" },
  },
});
const seed = Number(values.seed);

/** Per lobe: millilitres of lung, and of ground glass and consolidation. */
function lobesOfTruth({ plan, volume, lungs, lesions }: DrawnStudy): { lungMl: number; affectedMl: number }[] {
  const anatomy = drawAnatomy(createRandom(plan.seed).fork(`subject ${plan.subject}`).fork("anatomy"));
  const [, rows, columns] = volume.shape;
  const { originMm, spacingMm } = volume.geometry;
  const oneMl = voxelMl(volume.geometry);
  const lobes = lobesOfScope.map(() => ({ lungMl: 0, affectedMl: 0 }));
  // Every third row and column stands for its nine.
  for (let z = 0; z < volume.shape[0]; z++) {
    for (let y = 1; y < rows; y += 3) {
      for (let x = 1; x < columns; x += 3) {
        const index = (z * rows + y) * columns + x;
        if (lungs[index] === 0) continue;
        const point = {
          x: originMm[0] + x * spacingMm[2],
          y: originMm[1] + y * spacingMm[1],
          z: originMm[2] + z * spacingMm[0],
        };
        const lobe = lobes[lobesOfScope.findIndex((name) => depthInLobe(anatomy, name, point) >= 0)];
        if (!lobe) continue;
        lobe.lungMl += 9 * oneMl;
        if (lesions[index] === 1 || lesions[index] === 2) lobe.affectedMl += 9 * oneMl;
      }
    }
  }
  return lobes;
}

const quantities = {
  "right lung": "ml",
  "left lung": "ml",
  "ground glass": "ml",
  consolidation: "ml",
  affected: "ml",
  "affected share": "points",
  "affected share of a lung": "points",
  "affected share of a lobe": "points",
  "severity score": "points of 25",
} as const;
const pairs = Object.fromEntries(Object.keys(quantities).map((name) => [name, [] as MeasuredTwice[]])) as Record<
  keyof typeof quantities,
  MeasuredTwice[]
>;

const plans = planPhantoms({
  subjects: Number(values.subjects),
  seed,
  matrix: Number(values.matrix),
  sliceSpacingMm: Number(values.spacing),
});
for (const plan of plans) {
  const drawn = drawStudy(plan);
  const mask = await isolateLungs(drawn.volume, defaultLungs);
  const started = performance.now();
  const { scope } = measureScope(drawn.volume, mask);
  const ms = performance.now() - started;
  const oneMl = voxelMl(drawn.volume.geometry);
  const count = (lung: number | null, ...codes: readonly number[]) => {
    let voxels = 0;
    drawn.lungs.forEach((side, i) => {
      if (
        side > 0 &&
        (lung === null || side === lung) &&
        (codes.length === 0 || codes.includes(drawn.lesions[i] as number))
      )
        voxels++;
    });
    return voxels * oneMl;
  };
  const add = (quantity: keyof typeof quantities, measured: number, truth: number) =>
    pairs[quantity].push({ name: plan.name, group: plan.label, measured, truth });
  const both = zoneOf(scope, "both");
  const truth = { lung: count(null), glass: count(null, 1), dense: count(null, 2) };
  add("right lung", mask.rightMl, count(1));
  add("left lung", mask.leftMl, count(2));
  add("ground glass", both.groundGlassMl, truth.glass);
  add("consolidation", both.consolidationMl, truth.dense);
  add("affected", both.groundGlassMl + both.consolidationMl, truth.glass + truth.dense);
  add("affected share", 100 * both.affectedShare, (100 * (truth.glass + truth.dense)) / truth.lung);
  for (const [lung, side] of [
    ["right", 1],
    ["left", 2],
  ] as const) {
    add("affected share of a lung", 100 * zoneOf(scope, lung).affectedShare, (100 * count(side, 1, 2)) / count(side));
  }
  const lobes = lobesOfTruth(drawn);
  let score = 0;
  for (const [i, lobe] of lobes.entries()) {
    const share = lobe.lungMl === 0 ? 0 : lobe.affectedMl / lobe.lungMl;
    score += lobePoints(share);
    add("affected share of a lobe", 100 * (scope.severity.lobes[i]?.affectedShare ?? 0), 100 * share);
  }
  add("severity score", scope.severity.score, score);
  const last = pairs["affected share"].at(-1);
  console.error(
    `${plan.name} ${plan.label}: ${last?.measured.toFixed(1)} % (true ${last?.truth.toFixed(1)} %), score ${scope.severity.score} (true ${score}), ${Math.round(ms)} ms`,
  );
}

const told = ({ n, bias, sd, low, high }: Agreement) =>
  `n ${n}, bias ${bias.toFixed(2)}, sd ${sd.toFixed(2)}, limits ${low.toFixed(2)} to ${high.toFixed(2)}`;
const results: Record<string, Agreement> = {};
for (const [name, unit] of Object.entries(quantities) as [keyof typeof quantities, string][]) {
  results[name] = agreementOf(pairs[name]);
  console.log(`${name} (${unit}): ${told(results[name])}`);
  for (const group of new Set(pairs[name].map((pair) => pair.group))) {
    const own = pairs[name].filter((pair) => pair.group === group);
    const largest = Math.max(...own.map(({ measured, truth }) => Math.abs(measured - truth)));
    console.log(`  ${group}: ${told(agreementOf(own))}, largest ${largest.toFixed(2)}`);
  }
}
for (const [quantity, file] of [
  ["affected share", "scope-share"],
  ["affected", "scope-ml"],
  ["severity score", "scope-score"],
] as const) {
  const figure = agreementFigure(pairs[quantity], {
    name: file,
    what: `Scope by density, ${quantity}`,
    unit: quantities[quantity],
  });
  await writeFileWhole(join(values.out, `${file}.svg`), standaloneSvg(figure));
}
if (values.pairs !== undefined) await writeJson(values.pairs, { settings: values, results, pairs });
