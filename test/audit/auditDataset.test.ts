import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditSchema } from "../../src/audit/audit.ts";
import { auditBeforeTraining } from "../../src/audit/auditBeforeTraining.ts";
import { auditDataset } from "../../src/audit/auditDataset.ts";
import { auditText } from "../../src/audit/auditText.ts";
import { createRandom } from "../../src/base/random.ts";
import { prepareDataset } from "../../src/dataset/prepareDataset.ts";
import { type Member, trialRecipe, writeAuditSet } from "../made/madeAuditSet.ts";

const px = trialRecipe.storedPx;
const names = ["COVID-19", "normal"];
const work = mkdtempSync(join(tmpdir(), "groundglass-audit-"));
const at = (name: string) => join(work, name);
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A study of four slices: two lungs with vessels of one's own, greyer in COVID-19; nothing outside them. */
function member(subject: number, more: Partial<Member> = {}): Member {
  const random = createRandom(`member ${subject}`);
  const label = names[subject % 2] as string;
  const pixels = new Uint8Array(4 * px * px);
  const lungs = new Uint8Array(4 * px * px);
  const density = (label === "COVID-19" ? 95 : 70) + 6 * random.normal();
  for (let z = 0; z < 4; z++) {
    const first = z * px * px;
    const disc = (cx: number, cy: number, rx: number, ry: number, grey: number, isLung: boolean) => {
      for (let y = 0; y < px; y++) {
        for (let x = 0; x < px; x++) {
          if (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 >= 1) continue;
          if (isLung) lungs[first + y * px + x] = 1;
          if (lungs[first + y * px + x] === 1) pixels[first + y * px + x] = grey;
        }
      }
    };
    for (const centre of [20, 52]) disc(centre, 36 + random.normal(), 14 + random.normal(), 26, density, true);
    for (let i = 0; i < 70; i++) {
      const r = random.between(0.8, 2.2);
      disc(random.between(4, 68), random.between(10, 62), r, r, 60 + random.integer(160), false);
    }
    for (let i = first; i < first + px * px; i++) {
      if (lungs[i] === 1)
        pixels[i] = Math.max(13, Math.min(255, Math.round((pixels[i] as number) + 5 * random.normal())));
    }
  }
  return {
    subject: `subject-${subject}`,
    label,
    studyUid: `1.2.${subject}`,
    seriesUid: `1.2.${subject}.1`,
    kind: "volume",
    slices: [0, 1, 2, 3].map((z) => ({
      sliceIndex: z,
      name: `1.2.${subject}.1.${z}`,
      positionMm: 12 * z,
      lungAreaMm2: 9000,
    })),
    pixels,
    lungs,
    whole: null,
    attributes: {
      slicesInStudy: 20 + random.integer(8),
      kernel: random.pick(["B31f", "B60f", "LUNG"]),
      manufacturer: random.pick(["A", "B"]),
      spacingZMm: 5,
    },
    ...more,
  };
}

const members = Array.from({ length: 40 }, (_, i) => member(i));

/** A darker study of subject 3 under another name: it falls in another set in some fold. */
const copy = member(3, {
  subject: "subject-copy",
  studyUid: "2.25.1",
  seriesUid: "2.25.2",
  slices: members[3]?.slices.map((slice, z) => ({ ...slice, name: `2.25.3.${z}` })) ?? [],
  pixels: member(3).pixels.map((grey) => Math.max(0, grey - 12)),
});

describe("auditDataset", () => {
  beforeAll(async () => {
    await writeAuditSet(at("clean"), members, 1);
    await writeAuditSet(at("leaking"), [...members, copy], 1);
  });

  it("finds nothing in a clean set, says what it tested, and leaves dataset.json as it is", async () => {
    const before = readFileSync(join(at("clean"), "dataset.json"));
    const audit = await auditDataset(at("clean"), { selfTests: false });
    expect(audit.findings).toEqual([]);
    expect(audit.selfTests).toBeNull();
    expect(audit.shortcuts.map(({ attribute }) => attribute).sort()).toEqual([
      "kernel",
      "manufacturer",
      "slicesInStudy",
    ]);
    expect(readFileSync(join(at("clean"), "dataset.json")).equals(before)).toBe(true);
    expect(auditSchema.parse(JSON.parse(readFileSync(join(at("clean"), "audit.json"), "utf8")))).toEqual(audit);
    expect(auditText(audit)).toContain("Nothing was found");
    expect(await auditDataset(at("clean"), { selfTests: false })).toEqual(audit);
  });

  it("tries a quick model: chance with shuffled labels, nothing left without lungs, flattered by mixed slices", async () => {
    const { selfTests } = await auditDataset(at("clean"), { out: at("tested.json") });
    const auc = Object.fromEntries((selfTests ?? []).map((one) => [one.name, one.auc]));
    expect(auc["as it is"]).toBeGreaterThan(0.9);
    expect(auc["labels shuffled"]).toBeGreaterThan(0.4);
    expect(auc["labels shuffled"]).toBeLessThan(0.6);
    expect(auc["lungs blanked"]).toBeLessThan(0.75);
    expect(auc["slices split without regard to subjects"]).toBeGreaterThan(0.8);
  });

  it("finds that the number of slices gives the class away, with its numbers in plain words", async () => {
    const counted = members.map((one, i) => ({
      ...one,
      attributes: { ...one.attributes, slicesInStudy: (one.label === "normal" ? 300 : 106) + (i % 9) },
    }));
    await writeAuditSet(at("counted"), counted, 1);
    const { findings } = await auditDataset(at("counted"), { selfTests: false });
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([["AUDIT_SHORTCUT", "serious"]]);
    expect(findings[0]?.message).toMatch(/number of slices alone tells "COVID-19" from the rest .*of (1\.00|0\.9\d)/);
    expect(findings[0]?.message).toMatch(/median of 1(06|1\d) .*"normal" 30\d/);
  });

  it("blocks a training on a leak, unless the leak is accepted by its code", async () => {
    const refused = auditBeforeTraining(at("leaking"));
    await expect(refused).rejects.toMatchObject({
      code: "AUDIT_BLOCKS",
      message: expect.stringContaining("studies/3"),
    });
    const accepted = await auditBeforeTraining(at("leaking"), { accept: ["AUDIT_LEAK_IMAGES"] });
    expect(accepted.overridden).toEqual(["AUDIT_LEAK_IMAGES"]);
    expect(accepted.audit.findings[0]).toMatchObject({ code: "AUDIT_LEAK_IMAGES", severity: "blocking" });
    await expect(auditBeforeTraining(at("clean"), { accept: ["AUDIT_LEAK_UID"] })).rejects.toMatchObject({
      code: "AUDIT_CODE_UNKNOWN",
    });
  });

  it("takes a standing audit of the same files, and makes one anew when they have changed", async () => {
    cpSync(at("clean"), at("again"), { recursive: true });
    const standing = { ...(await auditDataset(at("again"), { selfTests: false })), notTested: ["standing"] };
    writeFileSync(join(at("again"), "audit.json"), JSON.stringify(standing));
    expect((await auditBeforeTraining(at("again"))).audit.notTested).toEqual(["standing"]);
    await writeAuditSet(at("again"), members.slice(0, 36), 1);
    expect((await auditBeforeTraining(at("again"))).audit.notTested).not.toEqual(["standing"]);
  });
});

const real = join(import.meta.dirname, "../../../shared/data/ct-slices");
const hasReal = (() => {
  try {
    return readFileSync(join(real, "labels.csv"), "utf8");
  } catch {
    return null;
  }
})();

describe.skipIf(hasReal === null)("on the real CT slices (skipped where ../shared/data is absent)", () => {
  it("finds the group in two sets, the copies, the image modes and the formats", async () => {
    const [header = "", ...rows] = (hasReal ?? "").trim().split("\n");
    const some = rows.filter((row, i) => i % 4 < 2 || row.includes("s031"));
    writeFileSync(at("real.csv"), [header, ...some].join("\n"));
    await prepareDataset(real, { labels: at("real.csv"), out: at("real"), recipe: { storedPx: 128, inputPx: 112 } });
    const { findings } = await auditDataset(at("real"), { selfTests: false });
    const said = findings.map(({ code, message }) => `${code}: ${message}`).join("\n");
    expect(said).toMatch(/AUDIT_LEAK_GROUP: .*"source".*s031 \(2 in train, 9 in validation\)/);
    expect(said).toMatch(
      /AUDIT_SHORTCUT: The image mode .*of "COVID-19" .*4\d % RGBA.*; of "not COVID-19" .* 0 % RGBA/,
    );
    expect(said).toMatch(/AUDIT_SHORTCUT: The file format/);
    expect(said).toMatch(/AUDIT_LEAK_IMAGES/);
  }, 120_000);
});
