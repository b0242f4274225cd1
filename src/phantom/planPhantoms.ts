import { z } from "zod";
import { createRandom, type Random } from "../base/random.ts";
import type { DicomDate } from "../dicom/encodeInstance.ts";
import type { Course } from "./course.ts";
import type { Manifestation } from "./lesions.ts";
import { type Kernel, kernels } from "./scanner.ts";

/** The paper's classes. */
export const phantomLabels = ["COVID-19", "other pneumonia", "normal"] as const;
export type PhantomLabel = (typeof phantomLabels)[number];

/** Everything that decides a set of phantoms, byte for byte. */
export const phantomSettingsSchema = z
  .object({
    subjects: z.int().min(1).max(100_000),
    seed: z.int().min(0),
    /** Rows and columns of a slice. */
    matrix: z.int().min(64).max(1024),
    /** Distance of slices around which the studies vary. */
    sliceSpacingMm: z.number().min(0.5).max(20),
    /** Subjects that are followed up with so many studies each, instead of subjects of the three classes. */
    followUp: z.int().min(2).max(20).optional(),
    /** Disease of one spot only, no taller than this share of the lungs. */
    spot: z.number().gt(0).max(1).optional(),
  })
  .refine(({ spot, followUp }) => spot === undefined || followUp === undefined, {
    message: "subjects that are followed up have an illness of its own course, not one spot",
    path: ["spot"],
  });

export type PhantomSettings = Readonly<z.infer<typeof phantomSettingsSchema>>;

/** One study to draw: plain data that decides it wholly. */
export interface StudyPlan {
  /** "p0001-1": the subject's number and the study's of that subject. */
  readonly name: string;
  readonly seed: number;
  readonly subject: number;
  readonly study: number;
  readonly label: PhantomLabel;
  /** How the illness goes on, of subjects that are followed up. */
  readonly course?: Course;
  /** Day of the illness (COVID-19), else 0. */
  readonly day: number;
  /** Days from the subject's first study. */
  readonly daysAfterFirst: number;
  readonly date: DicomDate;
  /** Disease of one spot only, no taller than this share of the lungs. */
  readonly spot?: number;
  readonly matrix: number;
  readonly spacingZMm: number;
  readonly fieldOfViewMm: number;
  readonly kernel: Kernel;
  readonly manufacturer: string;
  readonly model: string;
  /** How the instances are numbered against the way to the head. */
  readonly numbering: "up" | "down" | "shuffled";
}

/** What is known of a lesion. */
export interface LesionTruth {
  readonly manifestation: Manifestation;
  readonly ml: number;
}

export const scanners = [
  { manufacturer: "Groundglass Phantoms A", model: "Drawn 16", kernels: ["B31f", "B60f"] },
  { manufacturer: "Groundglass Phantoms B", model: "Drawn 64", kernels: ["STANDARD", "LUNG"] },
  { manufacturer: "Groundglass Phantoms C", model: "Drawn 320", kernels: ["FC51", "STANDARD"] },
];

/**
 * The studies of a set, subject by subject: of every three subjects in a row one of each class, in random order; some
 * subjects with COVID-19 have a second and third study, days apart.
 */
export function planPhantoms(settings: PhantomSettings): StudyPlan[] {
  const random = createRandom(settings.seed);
  const plans: StudyPlan[] = [];
  for (let first = 1; first <= settings.subjects; first += phantomLabels.length) {
    const labels = random.fork(`labels ${first}`).shuffled(phantomLabels);
    labels.forEach((label, i) => {
      if (first + i <= settings.subjects) plans.push(...planSubject(settings, first + i, label));
    });
  }
  return plans;
}

/** The studies of one subject. */
export function planSubject(settings: PhantomSettings, subject: number, label: PhantomLabel): StudyPlan[] {
  const random = createRandom(settings.seed).fork(`subject ${subject}`).fork("plan");
  const share = random.uniform();
  const studies = label !== "COVID-19" ? 1 : share < 0.48 ? 1 : share < 0.82 ? 2 : 3;
  const firstDay = 3 + random.integer(11);
  const scanner = random.pick(scanners);
  const firstDate = random.integer(700);
  const plans: StudyPlan[] = [];
  let days = 0;
  for (let study = 1; study <= studies; study++) {
    const own = random.fork(`study ${study}`);
    if (study > 1) days += 5 + own.integer(6);
    const name = own.pick(scanner.kernels);
    const kernel = kernels.find((one) => one.name === name) ?? (kernels[0] as Kernel);
    plans.push({
      name: `p${String(subject).padStart(4, "0")}-${study}`,
      seed: settings.seed,
      subject,
      study,
      label,
      day: label === "COVID-19" ? firstDay + days : 0,
      daysAfterFirst: days,
      date: dateOf(firstDate + days, own),
      ...(settings.spot !== undefined && { spot: settings.spot }),
      matrix: settings.matrix,
      spacingZMm: Math.round(settings.sliceSpacingMm * own.pick([0.9, 1, 1, 1.1]) * 100) / 100,
      fieldOfViewMm: Math.round(own.between(335, 410)),
      kernel,
      manufacturer: scanner.manufacturer,
      model: scanner.model,
      numbering: own.pick(["up", "down", "down", "shuffled"]),
    });
  }
  return plans;
}

/** A date some days after the first of 2020, at a time of the working day. */
export function dateOf(days: number, random: Random): DicomDate {
  const date = new Date(Date.UTC(2020, 0, 1 + days)).toISOString().slice(0, 10).replaceAll("-", "");
  const two = (value: number) => String(value).padStart(2, "0");
  return { date, time: `${two(7 + random.integer(12))}${two(random.integer(60))}${two(random.integer(60))}` };
}
