// How well a follow-up's curve follows the truth, on drawn subjects whose illness worsens, heals or leaves streaks.
// `npm run trial:follow -- [--subjects N] [--studies N] [--seed N]`
import { parseArgs } from "node:util";
import { isolateLungs } from "../src/lungs/isolateLungs.ts";
import { defaultLungs } from "../src/lungs/lungSettings.ts";
import { drawStudy } from "../src/phantom/drawStudy.ts";
import { planFollowUp } from "../src/phantom/planFollowUp.ts";
import { agreementOf } from "../src/report/figures/agreementFigure.ts";
import { measureScope } from "../src/scope/measureScope.ts";
import { zoneOf } from "../src/scope/scope.ts";

const { values } = parseArgs({
  options: {
    subjects: { type: "string", default: "6" },
    studies: { type: "string", default: "4" },
    seed: { type: "string", default: "606" },
    matrix: { type: "string", default: "512" },
    spacing: { type: "string", default: "5" },
  },
});
const studies = Number(values.studies);
const settings = {
  subjects: Number(values.subjects),
  seed: Number(values.seed),
  matrix: Number(values.matrix),
  sliceSpacingMm: Number(values.spacing),
};
interface Followed {
  readonly course: string;
  readonly day: number;
  readonly measured: number;
  readonly truth: number;
}
const subjects = new Map<number, Followed[]>();
for (const plan of planFollowUp(settings, studies)) {
  const { volume, lungs, lesions } = drawStudy(plan);
  const { scope } = measureScope(volume, isolateLungs(volume, defaultLungs));
  let [lung, ill] = [0, 0];
  lungs.forEach((side, i) => {
    if (side === 0) return;
    lung++;
    if (lesions[i] === 1 || lesions[i] === 2) ill++;
  });
  const followed = {
    course: plan.course ?? "",
    day: plan.daysAfterFirst,
    measured: 100 * zoneOf(scope, "both").affectedShare,
    truth: (100 * ill) / lung,
  };
  subjects.set(plan.subject, [...(subjects.get(plan.subject) ?? []), followed]);
  console.log(
    `${plan.name} ${followed.course} day ${followed.day}: ${followed.measured.toFixed(1)} % (true ${followed.truth.toFixed(1)} %)`,
  );
}
const all = [...subjects.values()];
const steps = all.flatMap((own) =>
  own.slice(1).map((later, i) => ({
    measured: later.measured - (own[i]?.measured ?? 0),
    truth: later.truth - (own[i]?.truth ?? 0),
  })),
);
const told = ({ n, bias, sd }: ReturnType<typeof agreementOf>) =>
  `n ${n}, bias ${bias.toFixed(2)}, sd ${sd.toFixed(2)} points`;
console.log(`share of a study: ${told(agreementOf(all.flat()))}`);
console.log(`change from study to study: ${told(agreementOf(steps))}`);
const clear = steps.filter(({ truth }) => Math.abs(truth) >= 1);
const right = clear.filter(({ measured, truth }) => Math.sign(measured) === Math.sign(truth)).length;
console.log(`direction right in ${right} of ${clear.length} changes of a point or more`);
