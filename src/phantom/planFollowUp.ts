import { createRandom } from "../base/random.ts";
import { type Course, courses } from "./course.ts";
import { dateOf, type PhantomSettings, type StudyPlan, scanners } from "./planPhantoms.ts";
import { type Kernel, kernels } from "./scanner.ts";

/** From the day of the illness of the first study to that of the last. */
const daysOf: Readonly<Record<Course, readonly [number, number]>> = {
  worsens: [2, 12],
  heals: [12, 48],
  scars: [12, 48],
};

/** The studies of subjects that are followed up: the courses in turn, each with as many studies, evenly spread over its days. */
export function planFollowUp(settings: PhantomSettings, studies: number): StudyPlan[] {
  return Array.from({ length: settings.subjects }, (_, i) => planCourse(settings, i + 1, studies)).flat();
}

function planCourse(settings: PhantomSettings, subject: number, studies: number): StudyPlan[] {
  const course = courses[(subject - 1) % courses.length] as Course;
  const random = createRandom(settings.seed).fork(`subject ${subject}`).fork("follow-up");
  const scanner = random.pick(scanners);
  const firstDate = random.integer(700);
  const [from, to] = daysOf[course];
  return Array.from({ length: studies }, (_, i) => {
    const own = random.fork(`study ${i + 1}`);
    const days = Math.round((i * (to - from)) / Math.max(1, studies - 1));
    const name = own.pick(scanner.kernels);
    return {
      name: `p${String(subject).padStart(4, "0")}-${i + 1}`,
      seed: settings.seed,
      subject,
      study: i + 1,
      label: "COVID-19",
      course,
      day: from + days,
      daysAfterFirst: days,
      date: dateOf(firstDate + days, own),
      matrix: settings.matrix,
      spacingZMm: Math.round(settings.sliceSpacingMm * own.pick([0.9, 1, 1, 1.1]) * 100) / 100,
      fieldOfViewMm: Math.round(own.between(335, 410)),
      kernel: kernels.find((one) => one.name === name) ?? (kernels[0] as Kernel),
      manufacturer: scanner.manufacturer,
      model: scanner.model,
      numbering: own.pick(["up", "down", "down", "shuffled"]),
    };
  });
}
