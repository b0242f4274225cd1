import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diagnosisSchema } from "../../src/diagnosis/diagnosis.ts";
import { type FollowUp, followUpSchema } from "../../src/diagnosis/followUp.ts";
import { drawPhantoms } from "../../src/phantom/drawPhantoms.ts";
import { diagnoseStudy } from "../../src/report/diagnoseStudy.ts";
import { followSubject } from "../../src/report/followSubject.ts";
import { zoneOf } from "../../src/scope/scope.ts";
import { makeClassifier } from "../made/madeClassifier.ts";

let folder = "";
const at = (...names: string[]) => join(folder, ...names);
const study = (name: string) => at("phantoms", "studies", name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-follow-"));
  await drawPhantoms(at("phantoms"), {
    subjects: 2,
    followUp: 3,
    seed: 11,
    matrix: 96,
    sliceSpacingMm: 12,
    workers: 1,
  });
  await makeClassifier(at("classifier"), { middle: -1 });
});
afterAll(() => rm(folder, { recursive: true }));

const sharesOf = ({ studies }: FollowUp) => studies.map(({ scope }) => zoneOf(scope, "both").affectedShare);

test("follows an illness that worsens, in the order of time whatever the order given", async () => {
  const given = [study("p0001-3"), study("p0001-1"), study("p0001-2")];
  const followUp = await followSubject(given, { out: at("worse") });
  expect(followUpSchema.parse(JSON.parse(await readFile(at("worse", "follow-up.json"), "utf8")))).toEqual(followUp);
  expect(followUp.studies.map(({ daysAfterFirst }) => daysAfterFirst)).toEqual([0, 5, 10]);
  const [first, second, third] = sharesOf(followUp) as [number, number, number];
  expect(second).toBeGreaterThan(first);
  expect(third).toBeGreaterThan(first);
  const whole = followUp.changes.at(-1);
  expect(whole).toMatchObject({ from: 0, to: 2, days: 10 });
  expect(whole?.affected.value).toBeCloseTo(third - first, 3);
  expect(whole?.affected.isBeyondError).toBe(true);
  expect(followUp.summary).toContain("in 10 days: more");
});

test("writes one page that needs nothing else, with the same places side by side and no date of the patient", async () => {
  const page = await readFile(at("worse", "follow-up.html"), "utf8");
  expect(page.match(/<script|https?:.{20}/)).toBeNull();
  // A map and four levels of three studies.
  expect(page.match(/src="data:image\/png/g)?.length).toBe(15);
  const truth = JSON.parse(await readFile(at("phantoms", "truth", "p0001-1.json"), "utf8"));
  const json = await readFile(at("worse", "follow-up.json"), "utf8");
  for (const text of [page, json]) {
    expect(text).not.toContain(truth.subject);
    expect(text).not.toMatch(/\b20[0-9]{2}-?[01][0-9]-?[0-3][0-9]\b/);
  }
});

test("asks a classifier about each study", async () => {
  const followUp = await followSubject([study("p0002-1"), study("p0002-3")], {
    out: at("asked"),
    classifier: at("classifier"),
    threads: 1,
  });
  expect(followUp.classes).toEqual(["COVID-19", "other pneumonia", "normal"]);
  expect(followUp.studies.map(({ finding }) => finding)).toEqual(["COVID-19", "COVID-19"]);
  const [first, last] = sharesOf(followUp) as [number, number];
  expect(last).toBeLessThan(first);
});

test("takes diagnoses as they are, where the days are given", async () => {
  for (const name of ["p0002-1", "p0002-3"]) {
    await diagnoseStudy(study(name), { classifier: at("classifier"), out: at(`of-${name}`), heat: false, threads: 1 });
  }
  const given = [at("of-p0002-3"), at("of-p0002-1", "diagnosis.json")];
  await expect(followSubject(given, { out: at("none") })).rejects.toMatchObject({ code: "FOLLOW_DAYS_UNKNOWN" });
  const followUp = await followSubject(given, { out: at("saved"), days: [36, 0] });
  expect(followUp.studies.map(({ daysAfterFirst }) => daysAfterFirst)).toEqual([0, 36]);
  expect(followUp.changes[0]?.affected.value).toBeLessThan(0);
});

test("refuses studies of two subjects, a single study, and days that do not fit", async () => {
  const two = [study("p0001-1"), study("p0002-1")];
  await expect(followSubject(two, { out: at("none") })).rejects.toMatchObject({ code: "FOLLOW_SUBJECTS_DIFFER" });
  await expect(followSubject([study("p0001-1")], { out: at("none") })).rejects.toMatchObject({
    code: "FOLLOW_STUDIES_FEW",
  });
  const own = [study("p0001-1"), study("p0001-2")];
  await expect(followSubject(own, { out: at("none"), days: [0] })).rejects.toMatchObject({ code: "FOLLOW_DAYS_COUNT" });
});

describe("a study with a prior study", () => {
  const asked = () => ({ classifier: at("classifier"), out: at("with-prior"), heat: false, threads: 1 });

  test("is diagnosed with what changed since, as the follow-up of both has it", async () => {
    const diagnosis = await diagnoseStudy(study("p0002-3"), { ...asked(), prior: study("p0002-1") });
    const written = diagnosisSchema.parse(JSON.parse(await readFile(at("with-prior", "diagnosis.json"), "utf8")));
    expect(written).toEqual(diagnosis);
    const both = followUpSchema.parse(JSON.parse(await readFile(at("asked", "follow-up.json"), "utf8")));
    const [{ from, to, ...changed }] = both.changes as [FollowUp["changes"][number]];
    const { studyUid, finding, probabilities } = both.studies[0]!;
    expect([from, to]).toEqual([0, 1]);
    expect(diagnosis.change).toEqual({
      prior: { studyUid, finding, probabilities },
      ...changed,
      summary: both.summary,
    });
  });

  test("may be read by a series of its own, which the prior study does not have", async () => {
    const { study: read } = diagnosisSchema.parse(
      JSON.parse(await readFile(at("with-prior", "diagnosis.json"), "utf8")),
    );
    const prior = study("p0002-1");
    const { change } = await diagnoseStudy(study("p0002-3"), { ...asked(), prior, seriesUid: read.seriesUid! });
    expect(change?.affected.value).toBeLessThan(0);
  });

  test("stands beside it on the page", async () => {
    const page = await readFile(at("with-prior", "diagnosis.html"), "utf8");
    expect(page).toContain("Since the prior study: Affected lung went from");
    expect(page).toContain("The prior study was called COVID-19.");
    // A map and four levels of two studies, beside the map and the key slices of this one.
    expect(page.match(/alt="Study [12]:/g)?.length).toBe(10);
  });

  test("may be compared with the diagnosis of then, where the days are given", async () => {
    const prior = at("of-p0002-1");
    await expect(diagnoseStudy(study("p0002-3"), { ...asked(), prior })).rejects.toMatchObject({
      code: "FOLLOW_DAYS_UNKNOWN",
    });
    const { change } = await diagnoseStudy(study("p0002-3"), { ...asked(), prior, daysSincePrior: 36 });
    expect(change?.days).toBe(36);
    expect(change?.affected.value).toBeLessThan(0);
  });

  test("is refused where the prior study is later, or the study itself, and leaves what was there", async () => {
    const before = await readFile(at("with-prior", "diagnosis.json"), "utf8");
    for (const prior of ["p0002-3", "p0002-1"]) {
      await expect(diagnoseStudy(study("p0002-1"), { ...asked(), prior: study(prior) })).rejects.toMatchObject({
        code: "PRIOR_NOT_EARLIER",
      });
    }
    expect(await readFile(at("with-prior", "diagnosis.json"), "utf8")).toBe(before);
  });
});
