import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diagnosisSchema } from "../../src/diagnosis/diagnosis.ts";
import { drawPhantoms } from "../../src/phantom/drawPhantoms.ts";
import { diagnoseStudy } from "../../src/report/diagnoseStudy.ts";
import { diagnosisPage } from "../../src/report/diagnosisPage.ts";
import { makeClassifier } from "../made/madeClassifier.ts";

let folder = "";
const at = (...names: string[]) => join(folder, ...names);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-diagnosis-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Rises by a second each time it is read. */
function madeClock() {
  let ms = 0;
  return () => (ms += 1000);
}

describe("of a CT series", () => {
  let study = "";
  beforeAll(async () => {
    await drawPhantoms(at("phantoms"), { subjects: 1, seed: 4, matrix: 96, sliceSpacingMm: 12 });
    const names = await readdir(at("phantoms", "studies"));
    study = at("phantoms", "studies", names[0]!);
    await makeClassifier(at("bright"), { middle: -1, ranges: { rows: { min: 512, max: 512 } } });
    await makeClassifier(at("dark"), { middle: 0.9 });
  });

  test("writes what it found as its schema says, with the slices, the lungs and the times", async () => {
    const diagnosis = await diagnoseStudy(study, { classifier: at("bright"), out: at("out"), clock: madeClock() });
    const written = diagnosisSchema.parse(JSON.parse(await readFile(at("out", "diagnosis.json"), "utf8")));
    expect(written).toEqual(diagnosis);
    expect(diagnosis.finding).toBe("COVID-19");
    expect(diagnosis.fractions).toEqual([1, 0, 0]);
    expect(diagnosis.lungs?.rightMl).toBeGreaterThan(300);
    expect(diagnosis.study.slicesSeen).toBe(diagnosis.slices.length);
    expect(diagnosis.timingsMs).toEqual({
      opening: 1000,
      reading: 1000,
      preparing: 1000,
      predicting: 1000,
      explaining: 1000,
      measuring: 1000,
      total: 7000,
    });
    expect(diagnosis.warnings.map((warning) => warning.code)).toContain("OUTSIDE_TRAINING_RANGE");
    expect(diagnosis.notice).toContain("Research use only");
  });

  test("says on the page whether the probability is calibrated", async () => {
    const diagnosis = diagnosisSchema.parse(JSON.parse(await readFile(at("out", "diagnosis.json"), "utf8")));
    const said = (isCalibrated: boolean) =>
      /by the study rule, ([^<]+)</.exec(diagnosisPage({ ...diagnosis, isCalibrated }, new Map()))?.[1];
    expect(said(true)).toBe("calibrated on validation");
    expect(said(false)).toBe("not calibrated");
  });

  test("gives the same for the same study, byte for byte under the same clock", async () => {
    await diagnoseStudy(study, { classifier: at("bright"), out: at("again"), clock: madeClock() });
    for (const name of ["diagnosis.json", "diagnosis.html"]) {
      expect((await readFile(at("again", name))).equals(await readFile(at("out", name)))).toBe(true);
    }
  });

  test("draws key slices as PNG with the outline of the lungs, on a page without scripts or network", async () => {
    const page = await readFile(at("out", "diagnosis.html"), "utf8");
    expect(page.match(/<script|https?:.{20}/)).toBeNull();
    const pictures = [...page.matchAll(/src="data:image\/png;base64,([^"]+)"/g)].map((found) => found[1]!);
    // The first is the map of the scope.
    expect(pictures.length).toBeGreaterThan(1);
    const { data, info } = await sharp(Buffer.from(pictures[1]!, "base64")).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([320, 320, 3]);
    let coloured = 0;
    for (let i = 0; i < data.length; i += 3) if (data[i] !== data[i + 1]) coloured++;
    expect(coloured).toBeGreaterThan(300);
    expect(coloured).toBeLessThan(0.1 * 320 * 320);
  });

  test("measures how much of the lungs is diseased, and says it in the first lines of the page's body", async () => {
    const diagnosis = diagnosisSchema.parse(JSON.parse(await readFile(at("out", "diagnosis.json"), "utf8")));
    const whole = diagnosis.scope?.zones.find(({ lung, zone }) => lung === "both" && zone === "all");
    expect(whole?.lungMl).toBeCloseTo((diagnosis.lungs?.rightMl ?? 0) + (diagnosis.lungs?.leftMl ?? 0), 0);
    // Every slice was called the first class, so all of every third lies in such slices.
    expect(diagnosis.decisionsByZone?.map(({ shares }) => shares)).toEqual(Array(4).fill([1, 0, 0]));
    const page = await readFile(at("out", "diagnosis.html"), "utf8");
    expect(page.indexOf("How much of the lungs")).toBeGreaterThan(0);
    expect(page.indexOf("How much of the lungs")).toBeLessThan(page.indexOf("Slices that show it best"));
  });

  test("falls back on the last class where no other has enough images", async () => {
    const diagnosis = await diagnoseStudy(study, { classifier: at("dark"), out: at("dark-out") });
    expect(diagnosis.finding).toBe("normal");
    expect(diagnosis.explanation).toContain("so the finding is normal");
  });

  test("says nothing of a study that is not analysable but why, and answers it where told to", async () => {
    const analysable = { leastSlices: 900, leastLungQuality: null, toleratedChecks: [], novelty: null };
    await makeClassifier(at("choosy"), { middle: -1, analysable });
    const refused = await diagnoseStudy(study, { classifier: at("choosy"), out: at("refused") });
    expect(refused).toMatchObject({ finding: "not analysable", probabilities: [], fractions: [], heat: null });
    expect(refused.answerability.isAnswered).toBe(false);
    expect(refused.answerability.reasons.map(({ code }) => code)).toEqual(["TOO_FEW_SLICES"]);
    expect(refused.explanation).toBe(refused.answerability.reasons[0]!.message);
    expect(refused.slices.length).toBeGreaterThan(3);
    for (const { probabilities } of [...refused.slices, ...refused.keySlices]) expect(probabilities).toEqual([]);
    expect(refused.decisionsByZone).toBeNull();
    const page = await readFile(at("refused", "diagnosis.html"), "utf8");
    expect(page).toContain("<h1>Not analysable</h1>");
    expect(page).toContain("TOO_FEW_SLICES");
    expect(page).not.toContain("by the study rule");

    const asked = { classifier: at("choosy"), out: at("anyway"), answerAnyway: true, heat: false };
    const answered = await diagnoseStudy(study, asked);
    expect(answered.finding).toBe("COVID-19");
    expect(answered.answerability.reasons).toEqual(refused.answerability.reasons);
    expect(await readFile(at("anyway", "diagnosis.html"), "utf8")).toContain("TOO_FEW_SLICES");
  });

  test("asks another classifier too and mirrors slices where told to, and says so", async () => {
    const other = await makeClassifier(at("other"), { middle: 0.9 });
    const asked = { out: at("together"), heat: false, mirror: true, others: [at("other")] };
    const diagnosis = await diagnoseStudy(study, { ...asked, classifier: at("bright") });
    expect(diagnosis.classifier).toMatchObject({ isMirrored: true, others: [other.classifierId] });
    // One is sure of the first class, the other of the last.
    for (const { probabilities } of diagnosis.slices) {
      for (const [k, p] of [0.5, 0, 0.5].entries()) expect(probabilities[k]).toBeCloseTo(p, 2);
    }
    const page = await readFile(at("together", "diagnosis.html"), "utf8");
    expect(page).toContain(`the mean with classifier ${other.classifierId}`);
    expect(page).toContain("each slice mirrored too");
  });

  test("refuses a classifier that lacks a file, and leaves nothing", async () => {
    await makeClassifier(at("incomplete"));
    await rm(at("incomplete", "weights.safetensors"));
    const refused = diagnoseStudy(study, { classifier: at("incomplete"), out: at("none") });
    await expect(refused).rejects.toMatchObject({ code: "CLASSIFIER_INCOMPLETE" });
    expect(await readdir(folder)).not.toContain("none");
  });
});

test("reads pictures, which have no lungs isolated, and says what that means", async () => {
  await sharp({ create: { width: 60, height: 40, channels: 3, background: "#888888" } })
    .png()
    .toFile(at("grey.png"));
  await makeClassifier(at("pictures"), { middle: 0.2 });
  const diagnosis = await diagnoseStudy(at("grey.png"), { classifier: at("pictures"), out: at("picture-out") });
  expect(diagnosis).toMatchObject({ finding: "COVID-19", lungs: null, keySlices: [{ positionMm: null }] });
  expect(diagnosis.warnings.map((warning) => warning.code)).toContain("NO_HOUNSFIELD_UNITS");
});
