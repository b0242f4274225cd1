import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Audit } from "../../src/audit/audit.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { createRandom } from "../../src/base/random.ts";
import { runPaths } from "../../src/classifier/run.ts";
import { writePreparedCase } from "../../src/dataset/preparedSlices.ts";
import type { Evaluation } from "../../src/evaluation/evaluation.ts";
import { initialStateDict } from "../../src/network/initialState.ts";
import { encodeSafetensors } from "../../src/network/safetensors.ts";
import { answerOf } from "../../src/report/answer.ts";
import { evaluateRun } from "../../src/report/evaluateRun.ts";
import { failurePictures } from "../../src/report/failurePictures.ts";
import { readRunResults } from "../../src/report/readRunResults.ts";
import { makeRun } from "../made/madeRun.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-page-"));
});
afterAll(() => rm(folder, { recursive: true }));

const finding = {
  code: "SAME_PIXELS",
  severity: "blocking",
  message: "Two subjects of two sets have the same pixels.",
  act: "Give both one subject.",
  caseIds: [],
} as const;

const audit: Audit = {
  format: "groundglass-audit/1",
  groundglassVersion: "0.1.0",
  dataset: { sha256: sha256Hex("a"), splitsSha256: sha256Hex("b") },
  subjects: 3,
  studies: 3,
  slices: 9,
  findings: [finding],
  shortcuts: [
    {
      attribute: "slicesInStudy",
      kind: "acquisition",
      class: "normal",
      auc: 0.93,
      p: 0.001,
      adjustedP: 0.004,
      difference: "normals have 304 slices",
    },
  ],
  selfTests: null,
  notTested: ["sex: nowhere known"],
};

describe("the report of a run that was trained in spite of its audit", () => {
  let out = "";
  let page = "";
  let evaluation: Evaluation;
  let document: ReturnType<typeof parseHTML>["document"];
  beforeAll(async () => {
    const run = await makeRun(join(folder, "run-parts"), { subjects: 30, slices: 6 });
    const paths = runPaths(run);
    await writeFile(join(run, "audit.json"), JSON.stringify(audit));
    const text = JSON.parse(await readFile(paths.runFile, "utf8"));
    text.audit = { findings: [finding], overridden: ["SAME_PIXELS"] };
    await writeFile(paths.runFile, JSON.stringify(text));
    out = join(folder, "out");
    evaluation = await evaluateRun(run, { resamples: 100, out });
    page = await readFile(join(out, "report.html"), "utf8");
    ({ document } = parseHTML(page));
  });
  const all = (selector: string) => [...document.querySelectorAll(selector)];

  test("has each part once, each reached from the contents, in the order of the contents", () => {
    const parts = "limits data audit training images studies calibration decisions subgroups failures".split(" ");
    const heads = all("main > section > h2").map((head) => head.id);
    expect(heads).toEqual([...parts, "checklists", "model-card", "reproducibility"]);
    expect(all("nav a").map((link) => link.getAttribute("href"))).toEqual(heads.map((id) => `#${id}`));
  });

  test("states what the run was trained with, so that it can be made again", () => {
    const section = document.querySelector('[aria-labelledby="reproducibility"]')?.textContent ?? "";
    expect(section).toContain("Node.js 24.1.0, ONNX Runtime 1.30.0, linux x64");
  });

  test("leads no link within the page into nothing, and gives no id twice", () => {
    const ids = all("[id]").map((element) => element.id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = all('a[href^="#"]').map((link) => (link.getAttribute("href") ?? "").slice(1));
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
  });

  test("says first what to distrust: that it was trained in spite of the audit, and what the audit found", () => {
    const doubts = all("header li").map((item) => item.textContent);
    expect(doubts[0]).toBe("It was trained in spite of what the audit blocks: SAME_PIXELS.");
    expect(doubts[1]).toContain("1\u00a0serious fault");
    const section = document.querySelector('[aria-labelledby="audit"]')?.textContent ?? "";
    for (const words of ["Accepted by the user: SAME_PIXELS", finding.message, "0.930", "normals have 304 slices"]) {
      expect(section).toContain(words);
    }
  });

  test("calls the classifier better than the baseline, or worse, only where the interval leaves no doubt", () => {
    const against = (low: number, high: number) => {
      if (evaluation.baseline === null) throw new Error("The made run has a baseline");
      const difference = { ...evaluation.baseline.difference, value: 0.1, low, high };
      return answerOf({ ...evaluation, baseline: { ...evaluation.baseline, difference } }).againstBaseline;
    };
    expect(against(0.01, 0.2)).toContain("the classifier is better, by +10.0");
    expect(against(0, 0.2)).toContain("is not shown to be better; its +10.0\u00a0points may be chance");
    expect(against(-0.2, -0.01)).toContain("the classifier is worse");
  });

  test("doubts a class that is mostly missed, and one that most others are called", () => {
    const { studies } = evaluation;
    if (studies === null) throw new Error("The made run has studies");
    const doubtsWith = (sensitivity: [number, number], specificity: [number, number]) => {
      const share = ([numerator, n]: [number, number]) => ({
        ...studies.table.overallAccuracy,
        value: numerator / n,
        numerator,
        n,
      });
      const row = {
        class: "A",
        accuracy: share([1, 1]),
        sensitivity: share(sensitivity),
        specificity: share(specificity),
      };
      const table = { ...studies.table, rows: [row] };
      return answerOf({ ...evaluation, studies: { ...studies, table } }).doubts.map(({ sentence }) => sentence);
    };
    expect(doubtsWith([4, 9], [8, 8])).toContain("It finds less than half of a class: 4 of 9 of A.");
    expect(doubtsWith([9, 9], [3, 8])).toContain("It calls too many the same: 5 of 8 others are called A.");
    expect(doubtsWith([5, 10], [5, 10]).filter((doubt) => /half|too many/.test(doubt))).toEqual([]);
  });

  test("can be read aloud: one main, headings in order, tables with scopes and captions, pictures with words", () => {
    expect(all("main")).toHaveLength(1);
    expect(document.documentElement.getAttribute("lang")).toBe("en");
    const levels = all("h1, h2, h3, h4").map((head) => Number(head.tagName.slice(1)));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.filter((level, i) => i > 0 && level > (levels[i - 1] ?? 0) + 1)).toEqual([]);
    expect(all("table").filter((table) => (table.querySelector("caption")?.textContent ?? "") === "")).toEqual([]);
    expect(all("table th:not([scope])")).toEqual([]);
    expect(all("thead th").filter((head) => head.textContent === "")).toEqual([]);
    expect(all("svg[role=img]:not([aria-label]), img:not([alt])")).toEqual([]);
    expect(all("main figure").filter((figure) => figure.querySelector("figcaption") === null)).toEqual([]);
  });

  test("lists for the author what no run can say, on the page and in files", async () => {
    const section = document.querySelector('[aria-labelledby="checklists"]');
    const missing = [...(section?.querySelectorAll(".missing li") ?? [])].map((item) => item.textContent);
    expect(missing).toContain("34 Registration of a trial");
    expect(missing).toContain("17 Ethical approval");
    expect(section?.textContent).toContain("The data were audited for leaks between sets");
    const claim = await readFile(join(out, "checklists", "claim.md"), "utf8");
    expect(claim).toContain("| 34 | Registration of a trial | For the author to say. |");
    expect(claim).toMatch(/\| 37 \| .* \| Overall accuracy \d/);
    expect(await readdir(join(out, "checklists"))).toEqual(["claim.md", "stard-ai.md", "tripod-ai.md"]);
  });

  test("saves every table as CSV and LaTeX, with the numbers of the page, and the model card", async () => {
    const names = all("table[data-name]").map((table) => table.getAttribute("data-name") ?? "");
    expect(names).toContain("studies");
    const files = names.flatMap((name) => [`${name}.csv`, `${name}.tex`]);
    expect(await readdir(join(out, "tables"))).toEqual(files.sort());
    const csv = await readFile(join(out, "tables", "studies.csv"), "utf8");
    const shown = document.querySelector('table[data-name="studies"] tbody td b')?.textContent?.replace("\u00a0", " ");
    expect(csv.split("\r\n")[1]).toContain(`,${shown} (`);
    expect(await readFile(join(out, "model-card.md"), "utf8")).toContain("| COVID-19 |");
  });

  test("tells every option of training that is not its preset's", () => {
    const commands = document.querySelector("pre")?.textContent ?? "";
    expect(commands).toContain("--epochs 12 --seed 1 --study-rule fraction --calibration none");
    expect(commands).toContain("--accept-audit SAME_PIXELS");
    expect(commands).toContain("groundglass evaluate run --resamples 100 --seed 1");
    expect(commands).not.toContain("--batch");
  });
});

test("pictures a failure as the network saw it, with the map of the class it was called", async () => {
  const run = await makeRun(join(folder, "pictured"), { subjects: 6, slices: 2 });
  const results = await readRunResults(run);
  const classifierFolder = runPaths(run).classifier;
  const recipe = { ...results.classifier.recipe, storedPx: 40, inputPx: 32 };
  const state = initialStateDict(results.classifier.network, createRandom(3));
  const weights = encodeSafetensors(state);
  await writeFile(join(classifierFolder, "weights.safetensors"), weights);
  const classifier = {
    ...results.classifier,
    recipe,
    files: { ...results.classifier.files, "weights.safetensors": sha256Hex(weights) },
  };
  const dataset = join(folder, "dataset");
  const caseId = "case-000000000001";
  const pixels = Uint8Array.from({ length: 2 * 40 * 40 }, (_, i) => (i * 7) % 256);
  await writePreparedCase(
    dataset,
    {
      format: "groundglass-case/1",
      caseId,
      key: "k",
      kind: "volume",
      studyUid: "1.2",
      patientDigest: null,
      storedPx: 40,
      slices: [3, 8].map((sliceIndex) => ({ sliceIndex, name: `${sliceIndex}`, positionMm: null, lungAreaMm2: null })),
      labelledSlices: null,
      pixelsSha256: sha256Hex(pixels),
      lungsMl: null,
      attributes: {},
      warnings: [],
    },
    pixels,
  );
  await writeFile(join(dataset, "dataset.json"), "{}");
  const source = {
    ...results.run,
    recipe,
    dataset: { ...results.run.dataset, path: dataset, sha256: sha256Hex("{}") },
  };
  const failure = {
    caseId,
    studyUid: "1.2",
    subjectId: "s",
    sliceIndex: 8,
    truth: classifier.classes[0] as string,
    predicted: classifier.classes[1] as string,
    probabilities: [0.2, 0.5, 0.3],
  };
  const pictures = await failurePictures({ run: source, classifier, folder: classifierFolder }, [
    failure,
    { ...failure, sliceIndex: 9 },
  ]);
  expect([...pictures.keys()]).toEqual([`${caseId} 8`]);
  const shown = pictures.get(`${caseId} 8`);
  expect(shown?.grey).toMatch(/^data:image\/png;base64,/);
  expect(shown?.heat).toMatch(/^data:image\/png;base64,/);
  expect(shown?.heat).not.toBe(shown?.grey);
  const elsewhere = { ...source, dataset: { ...source.dataset, sha256: sha256Hex("another") } };
  expect((await failurePictures({ run: elsewhere, classifier, folder: classifierFolder }, [failure])).size).toBe(0);
});
