import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { isThere, readJson, writeFileWhole, writeJson } from "../base/files.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { drawInWorkers } from "./drawInWorkers.ts";
import { planFollowUp } from "./planFollowUp.ts";
import { type PhantomLabel, type PhantomSettings, phantomSettingsSchema, planPhantoms } from "./planPhantoms.ts";
import { readFinishedStudy, workFolder } from "./studyFiles.ts";
import type { StudyTruth } from "./truth.ts";

/** A finished set of phantoms, as `phantoms.json` holds it. */
export interface PhantomSet {
  readonly format: "groundglass-phantoms/1";
  readonly settings: PhantomSettings;
  readonly subjects: number;
  readonly studies: readonly {
    readonly name: string;
    readonly path: string;
    readonly subject: string;
    readonly label: PhantomLabel;
    readonly day: number;
    readonly slices: number;
    readonly lesionsMl: number;
  }[];
}

const settingsFile = "settings.json";
const format = "groundglass-phantoms/1";

/**
 * Draws labelled synthetic chest CTs into a folder: `studies/<name>/NNNN.dcm`, `labels.csv`, `slice-labels.csv` (the main
 * manifestation of each slice that shows one), `slice-manifestations.csv` (all of each slice), `truth/` and last `phantoms.json`.
 *
 * The settings alone decide every byte. A study that is complete is not drawn again, so a stopped run goes on.
 * workers: threads that draw, one study at a time each.
 * @throws InputError PHANTOM_SETTINGS_INVALID, PHANTOM_SETTINGS_DIFFER, PHANTOM_FOLDER_TAKEN; DISK_FULL, NOT_WRITABLE.
 */
export async function drawPhantoms(
  out: string,
  options: {
    subjects: number;
    seed: number;
    matrix?: number | undefined;
    sliceSpacingMm?: number | undefined;
    /** Follow subjects up with so many studies each: an illness that worsens, heals or leaves streaks, in turn. */
    followUp?: number | undefined;
    /** Disease of one spot only, no taller than this share of the lungs. */
    spot?: number | undefined;
    workers?: number | undefined;
    progress?: Progress | undefined;
  },
): Promise<PhantomSet> {
  const {
    subjects,
    seed,
    matrix = 512,
    sliceSpacingMm = 5,
    workers = 2,
    progress = noProgress,
    followUp,
    spot,
  } = options;
  const settings = checkSettings({
    subjects,
    seed,
    matrix,
    sliceSpacingMm,
    ...(followUp !== undefined && { followUp }),
    ...(spot !== undefined && { spot }),
  });
  await claimFolder(out, settings);
  const plans = settings.followUp === undefined ? planPhantoms(settings) : planFollowUp(settings, settings.followUp);
  const truths = new Map<string, StudyTruth>();
  for (const plan of plans) {
    const truth = await readFinishedStudy(out, plan);
    if (truth) truths.set(plan.name, truth);
  }
  const tell = () => progress({ stage: "drawing", done: truths.size, total: plans.length });
  tell();
  const missing = plans.filter((plan) => !truths.has(plan.name));
  try {
    await drawInWorkers(out, missing, workers, (truth) => {
      truths.set(truth.name, truth);
      tell();
    });
  } finally {
    await rm(join(out, workFolder), { recursive: true, force: true });
  }
  const ordered = plans.map((plan) => truths.get(plan.name) as StudyTruth);
  return await writeLists(out, settings, ordered);
}

async function writeLists(out: string, settings: PhantomSettings, truths: readonly StudyTruth[]): Promise<PhantomSet> {
  const labels = truths.map(({ path, subject, name, label }) => `${path},${subject},${name},${label}`);
  await writeFileWhole(join(out, "labels.csv"), lines(["path,subject,study,label", ...labels]));
  const sliceLabels = truths.flatMap(({ name, slices }) =>
    slices.flatMap(({ uid, label }) => (label === null ? [] : [`${name},${uid},${label}`])),
  );
  await writeFileWhole(join(out, "slice-labels.csv"), lines(["study,slice,label", ...sliceLabels]));
  const shown = truths.flatMap(({ name, slices }) =>
    slices.map(({ uid, shows = [] }) => `${name},${uid},${shows.join("; ")}`),
  );
  await writeFileWhole(join(out, "slice-manifestations.csv"), lines(["study,slice,labels", ...shown]));
  const set: PhantomSet = {
    format,
    settings,
    subjects: settings.subjects,
    studies: truths.map(({ name, path, subject, label, day, slices, lesions }) => ({
      name,
      path,
      subject,
      label,
      day,
      slices: slices.length,
      lesionsMl: Math.round(lesions.reduce((sum, { ml }) => sum + ml, 0) * 10) / 10,
    })),
  };
  await writeJson(join(out, "phantoms.json"), set);
  return set;
}

function checkSettings(settings: PhantomSettings): PhantomSettings {
  const parsed = phantomSettingsSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InputError(
    "PHANTOM_SETTINGS_INVALID",
    `Phantoms cannot be drawn with ${issue?.path.join(".")}: ${issue?.message}. Give another value.`,
  );
}

/** Takes an empty folder for these settings, or finds that it was taken for the same. */
async function claimFolder(out: string, settings: PhantomSettings): Promise<void> {
  const path = join(out, settingsFile);
  if (await isThere(path)) {
    const before = await readJson(path, z.object({ format: z.string(), settings: phantomSettingsSchema }));
    const differ = (Object.keys({ ...before.settings, ...settings }) as (keyof PhantomSettings)[]).filter(
      (key) => before.settings[key] !== settings[key],
    );
    if (before.format === format && differ.length === 0) return;
    const what = differ.map((key) => `${key} ${before.settings[key]} instead of ${settings[key]}`).join(", ");
    throw new InputError(
      "PHANTOM_SETTINGS_DIFFER",
      `${out} holds phantoms drawn with other settings: ${what || before.format}. Use the same settings or another folder.`,
    );
  }
  const there = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") return ["a file"];
    throw error;
  });
  if (there.some((name) => !(name.startsWith(`${settingsFile}.`) && name.endsWith(".part")))) {
    throw new InputError(
      "PHANTOM_FOLDER_TAKEN",
      `${out} is not an empty folder, and what it holds was not drawn by Groundglass. Name a new or empty folder.`,
    );
  }
  await writeJson(path, { format, settings });
}

function lines(rows: readonly string[]): string {
  return `${rows.join("\n")}\n`;
}
