import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockName } from "../src/base/lockFolder.ts";
import { createRandom } from "../src/base/random.ts";
import { type PrepareOptions, prepareDataset } from "../src/dataset/prepareDataset.ts";
import { readPreparedSlices } from "../src/dataset/preparedSlices.ts";
import { readDataset } from "../src/dataset/readDataset.ts";

const recipe = { storedPx: 32, inputPx: 28 };
const classNames = ["COVID-19", "other pneumonia", "normal"];
const studies = Array.from({ length: 12 }, (_, i) => ({
  path: `studies/s${i}`,
  subject: `patient ${i}`,
  label: classNames[i % 3] as string,
}));

let folder: string;
let data: string;
let labels: string;
const outOf = (name: string) => join(folder, name);

function prepare(name: string, options: Partial<PrepareOptions> = {}) {
  return prepareDataset(data, { labels, out: outOf(name), recipe, workers: 1, ...options });
}

/** A copy of the dataset that was prepared first. */
function copyOfReference(name: string): string {
  cpSync(outOf("reference"), outOf(name), { recursive: true, preserveTimestamps: true });
  return outOf(name);
}

/** Writes a label file of its own. */
function labelFile(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

/** Every file below a folder, with its bytes. */
function contents(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(files.map((file) => [relative(root, file), readFileSync(file).toString("base64")]));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "groundglass-prepare-"));
  data = join(folder, "data");
  const random = createRandom("pictures");
  for (const { path } of studies) {
    mkdirSync(join(data, path), { recursive: true });
    for (const name of ["1.png", "2.png", "10.png"]) {
      const pixels = Uint8Array.from({ length: 48 * 40 }, () => random.integer(256));
      await sharp(pixels, { raw: { width: 48, height: 40, channels: 1 } }).toFile(join(data, path, name));
    }
  }
  mkdirSync(join(data, "empty"));
  writeFileSync(join(data, "empty", "note.txt"), "no image");
  labels = labelFile("labels.csv", [
    "path,subject,label",
    ...studies.map(({ path, subject, label }) => `${path},${subject},${label}`),
  ]);
  await prepare("reference");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("prepareDataset", () => {
  it("leaves a dataset that can be read back, without the subjects' names", async () => {
    const { dataset, splits } = await readDataset(outOf("reference"));
    expect(dataset.classes).toEqual(classNames);
    expect(dataset.cases.map(({ path, label }) => [path, label])).toEqual(
      studies.map(({ path, label }) => [path, label]),
    );
    expect(dataset.recipe).toMatchObject({ ...recipe, lungs: { method: "none" } });
    expect(splits.folds).toHaveLength(5);
    const { slices, pixels } = await readPreparedSlices(outOf("reference"), dataset.cases[3]!.caseId);
    expect(slices.map(({ name, sliceIndex }) => [name, sliceIndex])).toEqual([
      ["1.png", 0],
      ["2.png", 1],
      ["10.png", 2],
    ]);
    expect(pixels).toHaveLength(3 * 32 * 32);
    const written = Object.values(contents(outOf("reference"))).map((bytes) => Buffer.from(bytes, "base64").toString());
    expect(written.some((text) => text.includes("patient 3"))).toBe(false);
  });

  it("leaves the same bytes with three workers, after being killed at random moments, and never a half-written case", async () => {
    const random = createRandom("kills");
    const out = outOf("killed");
    const script = join(folder, "prepare.mjs");
    const room = JSON.stringify(pathToFileURL(join(import.meta.dirname, "../src/dataset/prepareDataset.ts")).href);
    writeFileSync(
      script,
      `import { prepareDataset } from ${room};
      const options = ${JSON.stringify({ labels, out, recipe })};
      await prepareDataset(${JSON.stringify(data)}, { ...options, progress: ({ done }) => console.log(done) });`,
    );
    let kills = 0;
    let isFinished = false;
    while (!isFinished && kills < 3) {
      const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
      const casesUntilKill = 1 + random.integer(3);
      const delayMs = random.between(0, 8);
      let fresh = 0;
      let isFirst = true;
      child.stdout.on("data", (text: Buffer) => {
        // The first lines come at once for what earlier runs have done.
        fresh += isFirst ? 0 : text.toString().trim().split("\n").length;
        isFirst = false;
        if (fresh >= casesUntilKill) setTimeout(() => child.kill("SIGKILL"), delayMs);
      });
      const status = await new Promise((resolve) => child.on("exit", resolve));
      isFinished = status === 0;
      if (!isFinished) kills++;
      const names = Object.keys(contents(out));
      if (!isFinished) expect(names).not.toContain("dataset.json");
      for (const name of names) {
        const caseId = /^prepared\/(case-\w+)\.json$/.exec(name)?.[1];
        if (caseId !== undefined) await readPreparedSlices(out, caseId);
      }
    }
    expect(kills).toBeGreaterThanOrEqual(2);
    await prepare("killed", { workers: 3 });
    expect(contents(out)).toEqual(contents(outOf("reference")));
  }, 180_000);

  it("does nothing again that is done, and again what a change of recipe, file or label touches", async () => {
    const out = copyOfReference("again");
    const changed = () =>
      Object.fromEntries(Object.keys(contents(out)).map((name) => [name, statSync(join(out, name)).mtimeMs]));
    const before = changed();
    await prepare("again");
    expect(changed()).toEqual(before);
    await prepare("again", { recipe: { storedPx: 40, inputPx: 32 } });
    expect((await readDataset(out)).dataset.recipe.storedPx).toBe(40);
    await prepare("again", { seed: 9 });
    expect((await readDataset(out)).splits.seed).toBe(9);
    await prepare("again");
    expect(contents(out)).toEqual(contents(outOf("reference")));

    const extra = labelFile("extra.csv", [
      ...readFileSync(labels, "utf8").trim().split("\n"),
      "empty/../studies,someone,normal",
    ]);
    await expect(prepare("again", { labels: extra })).rejects.toMatchObject({ code: "LABELS_DUPLICATE" });
    const fewer = labelFile("fewer.csv", readFileSync(labels, "utf8").trim().split("\n").slice(0, -1));
    await prepare("again", { labels: fewer });
    expect((await readDataset(out)).dataset.cases).toHaveLength(11);
    expect(Object.keys(contents(out))).toHaveLength(2 + 2 * 11);

    const touched = join(data, "studies/s0/1.png");
    const { atime, mtimeMs } = statSync(touched);
    const whole = new Date(Math.floor(mtimeMs)); // a Date would round what the fingerprint cuts off
    utimesSync(touched, atime, new Date(whole.getTime() + 5000));
    const damaged = (await readDataset(out)).dataset.cases[5]!.caseId;
    truncateSync(join(out, "prepared", `${damaged}.u8`), 100);
    await expect(readPreparedSlices(out, damaged)).rejects.toMatchObject({ code: "PREPARED_DAMAGED" });
    const marks = changed();
    await prepare("again", { labels: fewer });
    utimesSync(touched, atime, whole);
    const renewed = Object.entries(changed()).filter(
      ([name, time]) => name.startsWith("prepared") && time !== marks[name],
    );
    expect(renewed).toHaveLength(4);
    expect(await readPreparedSlices(out, damaged)).toEqual(await readPreparedSlices(outOf("reference"), damaged));
  });

  it("stops at a study that cannot be read, naming its line, and leaves nothing where nothing was done", async () => {
    const bad = labelFile("bad.csv", [
      "path,subject,label",
      "empty,someone,normal",
      ...studies.map(({ path, subject, label }) => `${path},${subject},${label}`),
    ]);
    const stopped = prepare("bad", { labels: bad, workers: 1 });
    await expect(stopped).rejects.toMatchObject({
      code: "NO_IMAGES",
      message: expect.stringMatching(/bad\.csv line 2/),
    });
    expect(readdirSync(folder)).not.toContain("bad");
    const { excluded, cases } = await prepare("bad", { labels: bad, onBadStudy: "exclude" });
    expect(excluded).toMatchObject([{ path: "empty", code: "NO_IMAGES" }]);
    expect(cases).toHaveLength(12);
  });

  it("keeps only labelled slices where labels belong to slices", async () => {
    const path = labelFile("slices.csv", [
      "study,slice,label",
      ...studies
        .slice(0, 9)
        .flatMap((study, i) => [
          `${study.path},${i % 2 === 0 ? "2" : "10.png"},streaks`,
          `${study.path},1.png,opacity`,
        ]),
    ]);
    const { level, classes, cases, warnings } = await prepare("slices", { sliceLabels: path });
    expect([level, classes]).toEqual(["slice", ["opacity", "streaks"]]);
    expect(cases).toHaveLength(9);
    expect(warnings.map(({ code }) => code)).toEqual(["STUDIES_WITHOUT_SLICE_LABELS"]);
    for (const one of cases) expect([one.label, one.sliceLabels]).toEqual([null, { 0: "opacity", 2: "streaks" }]);
    const { slices, pixels } = await readPreparedSlices(outOf("slices"), cases[4]!.caseId);
    expect(slices.map(({ sliceIndex }) => sliceIndex)).toEqual([0, 2]);
    const whole = await readPreparedSlices(outOf("reference"), cases[4]!.caseId);
    expect(Buffer.compare(pixels.subarray(1024), whole.pixels.subarray(2048))).toBe(0);

    const wrong = labelFile("wrong.csv", [
      "study,slice,label",
      ...studies.map(({ path: study }, i) => `${study},${i},x${i % 2}`),
    ]);
    await expect(prepare("wrong", { sliceLabels: wrong })).rejects.toMatchObject({
      code: "LABELS_SLICE_UNKNOWN",
      message: expect.stringMatching(/wrong\.csv line 5/),
    });
  });

  it("takes the same file for the same subject, and pictures that share a study for one case", async () => {
    const path = labelFile("pictures.csv", [
      "path,study,label,split",
      ...studies.flatMap((study, i) =>
        ["1.png", "2.png"].map(
          (name) => `${study.path}/${name},study ${i},${study.label},${i < 9 ? "training" : "test"}`,
        ),
      ),
    ]);
    const { cases, warnings } = await prepare("pictures", { labels: path });
    expect(cases.map((one) => one.prepared.slices)).toEqual(new Array(12).fill(2));
    expect(warnings.map(({ code }) => code)).toEqual(["SUBJECTS_ASSUMED"]);
    const { splits } = await readDataset(outOf("pictures"));
    expect(splits.folds.map(({ train, validation, test }) => [train.length, validation.length, test.length])).toEqual([
      [6, 3, 3],
    ]);
  });

  it.each<[string, Partial<PrepareOptions>, string]>([
    ["an unknown preset", { preset: "constructor" }, "PRESET_UNKNOWN"],
    ["a recipe that does not fit", { recipe: { storedPx: 32, inputPx: 64 } }, "RECIPE_INVALID"],
    ["an unknown column of subjects", { subjectColumn: "person" }, "LABELS_COLUMN"],
    ["a class that no row has", { classes: [...classNames, "tumour"] }, "LABELS_CLASS_UNKNOWN"],
    ["a label that is no class", { classes: ["COVID-19", "normal"] }, "LABELS_CLASS_UNKNOWN"],
  ])("refuses %s before anything is written", async (_what, options, code) => {
    await expect(prepare("refused", options)).rejects.toMatchObject({ code });
    expect(readdirSync(folder)).not.toContain("refused");
  });

  it("leaves a folder alone in which another process works", async () => {
    const out = copyOfReference("taken");
    writeFileSync(join(out, lockName), JSON.stringify({ pid: 1, host: "another machine" }));
    const before = contents(out);
    await expect(prepare("taken", { seed: 2 })).rejects.toMatchObject({ code: "FOLDER_IN_USE" });
    expect(contents(out)).toEqual(before);
    rmSync(join(out, lockName));
    await prepare("taken");
    expect(contents(out)).toEqual(contents(outOf("reference")));
  });

  it("refuses a class of two subjects and an OUT within a study, with their lines", async () => {
    const small = labelFile("small.csv", [
      "path,label",
      "studies/s0,a",
      "studies/s1,b",
      "studies/s2,b",
      "studies/s3,b",
      "studies/s4,a",
    ]);
    await expect(prepare("small", { labels: small })).rejects.toMatchObject({
      code: "CLASS_TOO_SMALL",
      message: expect.stringMatching(/small\.csv line 2, 6: The class "a" has 2 subjects/),
    });
    await expect(prepare("x", { out: join(data, "studies/s3/dataset") })).rejects.toMatchObject({
      code: "OUT_INSIDE_STUDY",
    });
  });
});

describe("readDataset", () => {
  it("refuses a folder that prepare has not finished, and splits that were tampered with", async () => {
    const file = join(copyOfReference("tampered"), "splits.json");
    const splits = JSON.parse(readFileSync(file, "utf8"));
    splits.folds[2].test.push(splits.folds[2].train[0]);
    writeFileSync(file, JSON.stringify(splits));
    await expect(readDataset(outOf("tampered"))).rejects.toMatchObject({ code: "SPLITS_LEAK" });
    rmSync(join(outOf("tampered"), "dataset.json"));
    await expect(readDataset(outOf("tampered"))).rejects.toMatchObject({ code: "DATASET_INCOMPLETE" });
  });
});
