import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { naturalOrder, readLabels } from "./labels.ts";
import { readSliceLabels } from "./sliceLabels.ts";

let data: string;
let file: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "groundglass-labels-"));
  file = join(data, "labels.csv");
  for (const path of ["a/1.dcm", "b/1.dcm", "c.nii.gz", "p/s1.png", "p/s2.png", "p/s10.png", "q.jpg"]) {
    mkdirSync(dirname(join(data, path)), { recursive: true });
    writeFileSync(join(data, path), "");
  }
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

function labels(text: string, options: Parameters<typeof readLabels>[2] = {}) {
  writeFileSync(file, text);
  return readLabels(data, file, options);
}

describe("readLabels", () => {
  it("reads studies with subject and split, through a byte order mark, CRLF, case and blank lines", async () => {
    const { level, studies } = await labels(
      '\ufeffPath,Subject,LABEL,Split\r\na/,S1,"COVID-19",Training\r\n\r\n./b, S2 ,normal,val\r\nc.nii.gz,S3,normal,TEST\r\n',
    );
    expect(level).toBe("study");
    expect(studies.map(({ path, subject, label, split, line }) => [path, subject, label, split, line])).toEqual([
      ["a", "S1", "COVID-19", "train", 2],
      ["b", "S2", "normal", "validation", 4],
      ["c.nii.gz", "S3", "normal", "test", 5],
    ]);
  });

  it("reads semicolons, and another column for the subject", async () => {
    const { studies } = await labels("path;Source;label\na;S1;x, or y\nb;S2;z\n", { subjectColumn: "source" });
    expect(studies.map(({ subject, label }) => [subject, label])).toEqual([
      ["S1", "x, or y"],
      ["S2", "z"],
    ]);
  });

  it("makes one study of pictures that share a study, in natural order, and one of each other picture", async () => {
    const { level, studies } = await labels("path,study,label\np/s10.png,S,x\np/s2.png,S,x\nq.jpg,,y\np/s1.png,S,x\n");
    expect(level).toBe("study");
    expect(studies.map(({ path, pictures, label }) => [path, pictures, label])).toEqual([
      ["p", ["p/s1.png", "p/s2.png", "p/s10.png"], "x"],
      ["q.jpg", null, "y"],
    ]);
  });

  it("takes labels for those of slices where a study's pictures differ", async () => {
    const { level, studies } = await labels("path,study,label\np/s10.png,S,y\np/s2.png,S,x\nq.jpg,T,y\n");
    expect(level).toBe("slice");
    expect(studies.map(({ label, sliceLabels }) => [label, sliceLabels])).toEqual([
      [
        null,
        [
          { slice: "0", label: "x", line: 3 },
          { slice: "1", label: "y", line: 2 },
        ],
      ],
      [null, [{ slice: "0", label: "y", line: 4 }]],
    ]);
  });

  it.each([
    ["a missing column", "file,label\na,x\n", "LABELS_COLUMN", /labels\.csv line 1: .*"path"/],
    ["a column twice", "path,label,Label\na,x,x\n", "LABELS_COLUMN", /line 1/],
    ["an empty file", "", "LABELS_INVALID", /no rows/],
    ["a header without rows", "path,label\n", "LABELS_INVALID", /no rows/],
    ["a row with too many fields", "path,label\na,x\nb,y,z\n", "LABELS_INVALID", /line 3/],
    ["a quote that never closes", 'path,label\na,x\n"b,y\n', "LABELS_INVALID", /quotation/],
    ["an empty label", "path,label\na,x\nb,\n", "LABELS_VALUE_MISSING", /line 3: "label"/],
    ["an empty split", "path,label,split\na,x,test\nb,y,\n", "LABELS_VALUE_MISSING", /line 3: "split"/],
    ["a path that leaves the folder", "path,label\na,x\nb/../../c,y\n", "LABELS_PATH_OUTSIDE", /line 3/],
    ["an absolute path", "path,label\n/etc/passwd,x\n", "LABELS_PATH_OUTSIDE", /line 2/],
    ["an unknown path", "path,label\na,x\n\nnowhere,y\n", "LABELS_PATH_UNKNOWN", /line 4/],
    ["a path twice", "path,label\na,x\nb,x\na/,x\n", "LABELS_DUPLICATE", /line 4: .*line 2/],
    ["a path within another", "path,label\na/1.dcm,x\nb,x\na,x\n", "LABELS_DUPLICATE", /line 2: .*line 4/],
    ["an unknown split", "path,label,split\na,x,holdout\n", "LABELS_SPLIT_UNKNOWN", /line 2: "holdout"/],
    ["a split named like an object's member", "path,label,split\na,x,constructor\n", "LABELS_SPLIT_UNKNOWN", /line 2/],
    ["labels that differ by spelling", "path,label\na,Covid 19\nb,COVID-19\n", "LABELS_SPELLING", /line 3: .*line 2/],
    ["folders that share a study", "path,study,label\na,S,x\nb,S,x\n", "LABELS_STUDY_MIXED", /line 2/],
    [
      "a study of two subjects",
      "path,study,subject,label\np/s1.png,S,1,x\np/s2.png,S,2,x\n",
      "LABELS_STUDY_MIXED",
      /line 3: .*line 2/,
    ],
    [
      "labels of a study beside labels of slices",
      "path,study,label\np/s1.png,S,x\np/s2.png,S,y\na,,x\n",
      "LABELS_LEVEL_MIXED",
      /line 4/,
    ],
    [
      "a subject in two splits, without naming it",
      "path,subject,label,split\na,Jane Doe,x,train\nb,Jane Doe,x,test\n",
      "SUBJECT_IN_TWO_SPLITS",
      /line 3: (?!.*Jane).*line 2/,
    ],
  ])("refuses %s", async (_what, text, code, message) => {
    await expect(labels(text)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("refuses a label file that is not there or not text", async () => {
    await expect(readLabels(data, join(data, "none.csv"))).rejects.toMatchObject({ code: "FILE_MISSING" });
    writeFileSync(file, Buffer.from("path,label\na,\xe9\n", "latin1"));
    await expect(readLabels(data, file)).rejects.toMatchObject({ code: "LABELS_INVALID" });
  });
});

describe("readSliceLabels", () => {
  const noUids = async () => new Map<string, string>();
  async function sliceLabels(text: string, pathsOfUid = noUids, keepsAll = false) {
    const { studies } = await labels("path,study\na,first\nb,second\nc.nii.gz,\n", { labelNeeded: false });
    const path = join(data, "slices.csv");
    writeFileSync(path, text);
    return readSliceLabels(path, studies, { pathsOfUid, keepsAll });
  }

  it("finds studies by path, id and UID, and leaves the others out", async () => {
    const result = await sliceLabels(
      "study,slice,label\na/,1.2.3,x\nfirst,4,y\n1.2.840.9,0,x\n",
      async () => new Map([["1.2.840.9", "c.nii.gz"]]),
    );
    expect(result.unlabelled).toBe(1);
    expect(result.studies.map(({ path, sliceLabels }) => [path, sliceLabels])).toEqual([
      [
        "a",
        [
          { slice: "1.2.3", label: "x", line: 2 },
          { slice: "4", label: "y", line: 3 },
        ],
      ],
      ["c.nii.gz", [{ slice: "0", label: "x", line: 4 }]],
    ]);
  });

  it("reads several labels of a slice, or none", async () => {
    const result = await sliceLabels("study,slice,labels\na,0,y; x ;y\na,1,\n");
    expect(result).toMatchObject({ level: "slice", labels: "several" });
    expect(result.studies[0]?.sliceLabels?.map(({ label }) => label)).toEqual([["x", "y"], []]);
  });

  it("keeps studies without a labelled slice where all are asked for", async () => {
    const { studies, labels: several } = await sliceLabels("study,slice,label\na,0,x\n", noUids, true);
    expect(several).toBeUndefined();
    expect(studies.map(({ sliceLabels: own }) => own?.length)).toEqual([1, 0, 0]);
  });

  it.each([
    ["an unknown study", "study,slice,label\na,0,x\nz,0,x\n", "LABELS_STUDY_UNKNOWN", /slices\.csv line 3/],
    ["a slice twice", "study,slice,label\na,0,x\nfirst,0,y\n", "LABELS_DUPLICATE", /line 3: .*line 2/],
    ["a missing column", "study,label\na,x\n", "LABELS_COLUMN", /"slice"/],
    ["an empty label", "study,slice,label\na,0,\n", "LABELS_VALUE_MISSING", /line 2: "label"/],
  ])("refuses %s", async (_what, text, code, message) => {
    await expect(sliceLabels(text)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

it("orders names as people count", () => {
  expect(["s10.png", "s2.png", "s1.png", "s02.png", "t.png", "s"].sort(naturalOrder)).toEqual([
    "s",
    "s1.png",
    "s02.png",
    "s2.png",
    "s10.png",
    "t.png",
  ]);
});
