import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluationSchema } from "../../src/evaluation/evaluation.ts";
import { evaluateRun } from "../../src/report/evaluateRun.ts";
import { makeRun } from "../made/madeRun.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-report-"));
});
afterAll(() => rm(folder, { recursive: true }));

const options = { resamples: 200 };

describe("of a run with a test set", () => {
  const hostile = ['<script>alert("x")</script>', "other & pneumonia", "normal"];
  let run = "";
  let page = "";
  beforeAll(async () => {
    run = await makeRun(join(folder, "whole"), { classes: hostile });
    await evaluateRun(run, options);
    page = await readFile(join(run, "evaluation", "report.html"), "utf8");
  });

  test("writes evaluation.json as the schema says, against a baseline fitted on the training set", async () => {
    const evaluation = evaluationSchema.parse(
      JSON.parse(await readFile(join(run, "evaluation", "evaluation.json"), "utf8")),
    );
    expect(evaluation).toMatchObject({ set: "test", usedForChoosing: false });
    expect(evaluation.baseline?.fittedOn.set).toBe("training");
  });

  test("writes each figure as SVG with its data as CSV", async () => {
    const files = (await readdir(join(run, "evaluation", "figures"))).sort();
    const names = [
      "image-confusion",
      "image-precision-recall",
      "image-reliability",
      "image-roc",
      "network-resnet18",
      "split",
      "study-confusion",
      "study-decisions",
      "study-precision-recall",
      "study-reliability",
      "study-roc",
      "study-threshold-sweep",
    ];
    const all = [...names, "subgroups", "training-accuracy", "training-loss"];
    expect(files).toEqual(all.flatMap((name) => [`${name}.csv`, `${name}.svg`]).sort());
    const sweep = await readFile(join(run, "evaluation", "figures", "study-threshold-sweep.csv"), "utf8");
    expect(sweep.trimEnd().split("\r\n")).toHaveLength(102);
    const roc = await readFile(join(run, "evaluation", "figures", "image-roc.csv"), "utf8");
    expect(roc.split("\r\n")[1]).toMatch(/^"<script>alert\(""x""\)<\/script>",0,0,$/);
  });

  test("writes one page without network, foreign scripts or text that escapes its place, of at most 5 MB", () => {
    expect(page.match(/<script/g)).toHaveLength(1);
    const script = page.slice(page.indexOf("<script>") + 8, page.indexOf("</script>"));
    const digest = createHash("sha256").update(script).digest("base64");
    expect(page.includes(`script-src 'sha256-${digest}'`)).toBe(true);
    expect(page.match(/https?:.{20}|@import|url\(/)).toBeNull();
    const references = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, target = ""]) => target);
    expect(references.filter((target) => !/^(#|data:|figures\/|checklists\/|model-card\.md$)/.test(target))).toEqual(
      [],
    );
    expect(page.includes("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;")).toBe(true);
    expect(page.includes("default-src 'none'")).toBe(true);
    expect(page.length).toBeLessThan(5e6);
    expect(page.match(/\bNaN\b|undefined|\[object/)).toBeNull();
  });

  test("says the answer, its count and its notice before anything else", () => {
    const top = page.slice(page.indexOf("<header>"), page.indexOf("</header>"));
    expect(top).toMatch(/\d+ of \d+.test studies called right/);
    expect(top).toContain("A baseline that sees only");
    expect(top).toContain("Research use only");
  });

  test("makes the same page again, byte for byte", async () => {
    await evaluateRun(run, { ...options, out: join(folder, "again") });
    expect((await readFile(join(folder, "again", "report.html"), "utf8")) === page).toBe(true);
  });
});

test("reports on validation, and says so loudly, where there is no test set", async () => {
  const run = await makeRun(join(folder, "without"), { hasTest: false });
  const evaluation = await evaluateRun(run, options);
  const page = await readFile(join(run, "evaluation", "report.html"), "utf8");
  expect(evaluation).toMatchObject({ set: "validation", usedForChoosing: true });
  expect(page.slice(0, page.indexOf("</header>"))).toContain("There is no test set.");
});

test("reports on images alone where labels belong to images", async () => {
  const run = await makeRun(join(folder, "slices"), { level: "slice" });
  const evaluation = await evaluateRun(run, options);
  expect(evaluation.studies).toBeNull();
  const page = await readFile(join(run, "evaluation", "report.html"), "utf8");
  expect(page.includes("test images called right")).toBe(true);
});

test("fits the baseline on the training set, without the dataset's folder", async () => {
  const run = await makeRun(join(folder, "alone"), {});
  expect((await evaluateRun(run, options)).baseline?.fittedOn.set).toBe("training");
});

describe("with another data set and readers", () => {
  let run = "";
  beforeAll(async () => {
    run = await makeRun(join(folder, "more"), {});
    const predictions = JSON.parse(await readFile(join(run, "predictions", "test.json"), "utf8"));
    const half = predictions.studies.slice(0, 20).map((study: { attributes?: object }, i: number) => ({
      ...study,
      attributes: { ...study.attributes, site: i < 12 ? "north" : "south" },
    }));
    await writeFile(
      join(run, "predictions", "external-hospital-b.json"),
      JSON.stringify({ ...predictions, set: "external", name: "hospital-b", studies: half }),
    );
    const calls = predictions.studies.flatMap(({ caseId, truth }: { caseId: string; truth: string }) => [
      `"Dr. <b>A</b>",${caseId},${truth},240,`,
    ]);
    await writeFile(join(folder, "readers.csv"), ["reader,study,call,seconds,confidence", ...calls].join("\n"));
  });

  test("sets them side by side with the first, on the page and in evaluation.json", async () => {
    const evaluation = await evaluateRun(run, {
      ...options,
      external: ["hospital-b"],
      readers: join(folder, "readers.csv"),
    });
    const page = await readFile(join(run, "evaluation", "report.html"), "utf8");
    expect(evaluation.external.map(({ name, counts }) => [name, counts.total.studies])).toEqual([["hospital-b", 20]]);
    expect(evaluation.readers?.rows[1]?.overallAccuracy).toMatchObject({ value: 1 });
    expect(page).toContain("The same classifier on several data sets");
    // The label file's columns of the other set, which this run's data set does not have.
    expect(evaluation.subgroups.map(({ trait }) => trait)).not.toContain("site");
    const [other] = evaluation.external;
    const site = other?.subgroups.find(({ trait }) => trait === "site");
    expect(site?.groups.map(({ group, n }) => [group, n])).toEqual([
      ["north", 12],
      ["south", 8],
    ]);
    const right = site?.groups.reduce((sum, { n, overallAccuracy }) => sum + n * overallAccuracy.value!, 0);
    expect(right).toBeCloseTo(20 * other!.studies!.table.overallAccuracy.value!, 9);
    const table = parseHTML(page).document.querySelector('table[data-name="external-1-subgroups"]');
    expect(table?.textContent).toMatch(/site[\s\S]*north[\s\S]*south/i);
    expect(page).toContain("Dr. &lt;b&gt;A&lt;/b&gt;");
    expect(page.match(/\bNaN\b|undefined|\[object/)).toBeNull();
    expect(await readdir(join(run, "evaluation", "figures"))).toContain("external-hospital-b-roc.svg");
  });

  test("says what to run where nothing was predicted for a data set", async () => {
    await expect(evaluateRun(run, { ...options, external: ["hospital-c"] })).rejects.toMatchObject({
      code: "EXTERNAL_UNPREDICTED",
      message: expect.stringContaining("groundglass predict"),
    });
  });
});

test("refuses a run whose training has not finished, and leaves nothing", async () => {
  const run = await makeRun(join(folder, "unfinished"), {});
  await rm(join(run, "predictions", "test.json"));
  await expect(evaluateRun(run, options)).rejects.toMatchObject({ code: "RUN_INCOMPLETE" });
  expect(await readdir(run)).not.toContain("evaluation");
});
