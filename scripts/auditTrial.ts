// Plants leaks and shortcuts into sets of phantoms and counts how many the audit finds, and counts its false alarms on sets
// where nothing was planted. Prints two tables; exits with 1 if a fault was missed in any of its sets or false alarms exceed 5 %.
// node scripts/auditTrial.ts [--seeds N] [--faults N] [--pool FOLDER]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Finding } from "../src/audit/audit.ts";
import { copiedPairs } from "../src/audit/copiedPairs.ts";
import type { StudySignature } from "../src/audit/findCopies.ts";
import { labelledItems } from "../src/audit/labelledItems.ts";
import { findLeaks } from "../src/audit/leaks.ts";
import { outsideFeatures, outsideWidth } from "../src/audit/outsideFeatures.ts";
import { type CaseImages, signatureOfCase, wholeSignaturesOf } from "../src/audit/readImages.ts";
import { findShortcuts } from "../src/audit/shortcuts.ts";
import type { WholeSignature } from "../src/audit/wholeSignature.ts";
import { createRandom, type Random } from "../src/base/random.ts";
import type { Case } from "../src/dataset/dataset.ts";
import type { PreparedCase } from "../src/dataset/preparedSlices.ts";
import { drawPhantoms, type PhantomSet } from "../src/phantom/drawPhantoms.ts";
import type { Picture } from "../src/study/volume.ts";
import {
  auditSetOf,
  type Copying,
  copyings,
  copyVolume,
  type Member,
  memberOf,
  picturesOf,
  readVolumeOf,
} from "../test/made/madeAuditSet.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    faults: { type: "string", default: "10" },
    pool: { type: "string" },
  },
});
const [seeds, repeats] = [Number(values.seeds), Number(values.faults)];
const work = mkdtempSync(join(tmpdir(), "groundglass-audit-"));
const poolFolder = values.pool ?? join(work, "pool");
const subjectsOfPool = 120;
const subjectsOfSet = 60;

/** Every study of the pool, prepared once as a volume and once as pictures. */
interface Pooled {
  readonly study: PhantomSet["studies"][number];
  readonly volume: Member;
  readonly pictures: readonly Picture[];
}

async function fillPool(): Promise<Pooled[]> {
  const drawing = { subjects: subjectsOfPool, seed: 7, matrix: 256, sliceSpacingMm: 12 };
  const { studies } = await drawPhantoms(poolFolder, drawing);
  const pool: Pooled[] = [];
  for (const study of studies) {
    const volume = await readVolumeOf(poolFolder, study.path);
    const who = { subject: study.subject, label: study.label, studyUid: volume.series.studyUid };
    pool.push({ study, volume: await memberOf({ kind: "volume", volume }, who), pictures: picturesOf(volume) });
    process.stderr.write(`\rpreparing the pool: ${pool.length} of ${studies.length} studies `);
  }
  process.stderr.write("\n");
  return pool;
}

/** Twenty subjects of each class. */
function draw(pool: readonly Pooled[], random: Random): Pooled[] {
  const chosen = new Set(
    [...new Set(pool.map(({ study }) => study.label))].flatMap((label) => {
      const subjects = new Set(pool.filter(({ study }) => study.label === label).map(({ study }) => study.subject));
      return random.shuffled([...subjects]).slice(0, subjectsOfSet / 3);
    }),
  );
  return pool.filter(({ study }) => chosen.has(study.subject));
}

interface Signatures {
  readonly prepared: StudySignature;
  readonly whole: readonly WholeSignature[];
}
const signatures = new WeakMap<Member, Signatures>();

/** A member's signatures, made once: members come again in many sets. */
function signaturesOf(member: Member, images: CaseImages): Signatures {
  const who = { caseId: images.one.caseId, subjectId: member.subject };
  const made = signatures.get(member) ?? {
    prepared: signatureOfCase(images),
    whole: wholeSignaturesOf(images),
  };
  signatures.set(member, made);
  return { prepared: { ...made.prepared, ...who }, whole: made.whole.map((one) => ({ ...one, ...who })) };
}

/** What auditDataset finds, without the way over the disk. */
function audit(members: readonly Member[], seed: number, areCopiesSought: boolean): readonly Finding[] {
  const { dataset, splits, prepared } = auditSetOf(members, seed);
  const items = labelledItems(dataset);
  const outside = new Float64Array(items.count * outsideWidth);
  const signed = members.map((member, index) => {
    const one = dataset.cases[index] as Case;
    const known = prepared.get(one.caseId) as PreparedCase;
    const { pixels, lungs, whole } = member;
    const images: CaseImages = { one, prepared: known, pixels, lungs, whole, px: known.storedPx };
    outside.set(outsideFeatures(images, [...member.slices.keys()]), index * outsideWidth);
    return signaturesOf(member, images);
  });
  const sought = {
    prepared: signed.map(({ prepared }) => prepared),
    whole: signed.flatMap(({ whole }) => whole),
  };
  const copies = areCopiesSought ? copiedPairs(sought) : [];
  const isBlank = members.every(({ kind }) => kind === "volume");
  return [
    ...findLeaks({ dataset, splits, fold: undefined }, prepared, copies),
    ...findShortcuts(dataset, items, { outside: isBlank ? null : outside, seed }).findings,
  ];
}

type Plant = (set: readonly Pooled[], random: Random) => Promise<readonly Member[]>;

const volumes = (set: readonly Pooled[]) => set.map(({ volume }) => volume);

function pictureMembers(
  set: readonly Pooled[],
  change: (pictures: readonly Picture[], one: Pooled) => readonly Picture[],
) {
  return Promise.all(
    set.map((one) => {
      const { subject, label, studyUid } = one.volume;
      return memberOf({ kind: "pictures", pictures: change(one.pictures, one) }, { subject, label, studyUid });
    }),
  );
}

/** Attributes changed with the class, in nine of ten studies. */
function byClass(change: (isCovid: boolean, random: Random) => Readonly<Record<string, string | number>>): Plant {
  return async (set, random) =>
    set.map(({ volume }) => {
      const isTold = random.uniform() < 0.9;
      const isCovid = (volume.label === "COVID-19") === isTold;
      return { ...volume, attributes: { ...volume.attributes, ...change(isCovid, random) } };
    });
}

/** One study again, of a subject of its own. */
function copied(how: Copying): Plant {
  return async (set, random) => {
    const { study } = random.pick(set);
    const name = `2.25.${random.integer(2 ** 31)}`;
    const volume = await copyVolume(await readVolumeOf(poolFolder, study.path), how, name);
    const who = { subject: "subject-copy", label: study.label, studyUid: name };
    return [...volumes(set), await memberOf({ kind: "volume", volume }, who)];
  };
}

/** One of the pictures again, as a study of a subject of its own. */
const copiedPicture: Plant = async (set, random) => {
  const members = await pictureMembers(set, (pictures) => pictures);
  const index = random.integer(set.length);
  const picture = set[index]?.pictures[1] as Picture;
  const [rows, columns] = picture.shape;
  const margin = Math.round(0.025 * rows);
  const size = rows - 2 * margin;
  const pixels = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const grey = picture.pixels[(y + margin) * columns + x + margin] as number;
      pixels[y * size + x] = Math.max(0, Math.min(255, Math.round((grey - 20) * 1.15)));
    }
  }
  const copy: Picture = { ...picture, pixels, shape: [size, size], name: "copy.png" };
  const { label } = members[index] as Member;
  const who = { subject: "subject-copy", label, studyUid: "file:copy" };
  return [...members, await memberOf({ kind: "pictures", pictures: [copy] }, who)];
};

function framed({ pixels, shape, ...rest }: Picture, widthShare: number): Picture {
  const [rows, columns] = shape;
  const width = Math.round(widthShare * columns);
  const inside = (i: number) => {
    const [y, x] = [Math.floor(i / columns), i % columns];
    return y >= width && y < rows - width && x >= width && x < columns - width;
  };
  return { ...rest, shape, pixels: pixels.map((grey, i) => (inside(i) ? grey : 255)) };
}

/** A letter R of strokes, in a corner. */
function marked({ pixels, shape, ...rest }: Picture): Picture {
  const columns = shape[1];
  const made = pixels.slice();
  for (let y = 8; y < 20; y++) for (let x = 8; x < 40; x++) if (x % 6 < 2) made[y * columns + x] = 250;
  return { ...rest, shape, pixels: made };
}

const isCode = (code: string, text?: string) => (one: Finding) =>
  one.code === code && (text === undefined || one.message.toLowerCase().includes(text));

const faults: readonly {
  readonly name: string;
  readonly plant: Plant;
  readonly isIt: (finding: Finding) => boolean;
}[] = [
  {
    name: "leak: a study under another subject, the same UIDs",
    plant: async (set) => [...volumes(set), { ...(set[0] as Pooled).volume, subject: "subject-copy" }],
    isIt: isCode("AUDIT_LEAK_UID"),
  },
  ...copyings.map((how) => ({
    name: `leak: a study under another subject and UID, ${how}`,
    plant: copied(how),
    isIt: isCode("AUDIT_LEAK_IMAGES"),
  })),
  {
    name: "leak: a picture again, windowed and cropped by 5 %",
    plant: copiedPicture,
    isIt: isCode("AUDIT_LEAK_IMAGES"),
  },
  {
    name: "leak: a person under two subjects, same sex, age, height, weight",
    plant: async (set, random) => {
      const people = new Map(
        set.map(({ volume }) => [
          volume.subject,
          { height: Math.round(random.between(1500, 1950)) / 10, weight: Math.round(random.between(500, 1100)) / 10 },
        ]),
      );
      const members = set.map(({ volume }) => ({ ...volume, columns: people.get(volume.subject) ?? {} }));
      const [one, other] = [members[0], members.find(({ subject }) => subject !== members[0]?.subject)];
      const { sex = "F", ageYears = 50 } = one?.attributes ?? {};
      return members.map((member) =>
        member.subject === other?.subject
          ? { ...member, columns: one?.columns ?? {}, attributes: { ...member.attributes, sex, ageYears } }
          : member,
      );
    },
    isIt: isCode("AUDIT_LEAK_PERSON"),
  },
  {
    name: "shortcut: slice count by class (304 against 110)",
    plant: byClass((isCovid, random) => ({ slicesInStudy: (isCovid ? 110 : 304) + random.integer(20) })),
    isIt: isCode("AUDIT_SHORTCUT", "number of slices"),
  },
  {
    name: "shortcut: kernel by class",
    plant: byClass((isCovid) => ({ kernel: isCovid ? "B60f" : "B31f" })),
    isIt: isCode("AUDIT_SHORTCUT", "kernel"),
  },
  {
    name: "shortcut: scanner by class",
    plant: byClass((isCovid) => ({ manufacturer: isCovid ? "Scanners North" : "Scanners South" })),
    isIt: isCode("AUDIT_SHORTCUT", "manufacturer"),
  },
  {
    name: "shortcut: image size by class",
    plant: byClass((isCovid) => ({ rows: isCovid ? 512 : 768, columns: isCovid ? 512 : 768 })),
    isIt: isCode("AUDIT_SHORTCUT", "height"),
  },
  {
    name: "shortcut: year by class",
    plant: byClass((isCovid) => ({ studyYear: isCovid ? 2020 : 2018 })),
    isIt: isCode("AUDIT_SHORTCUT", "year"),
  },
  {
    name: "shortcut: border in one class",
    plant: (set, random) =>
      pictureMembers(set, (pictures, { study }) => {
        const isFramed = (study.label === "normal") === random.uniform() < 0.9;
        return isFramed ? pictures.map((one) => framed(one, 0.04)) : pictures;
      }),
    isIt: isCode("AUDIT_SHORTCUT", "border"),
  },
  {
    name: "shortcut: text in a corner of one class",
    plant: (set, random) =>
      pictureMembers(set, (pictures, { study }) => {
        const isMarked = (study.label === "other pneumonia") === random.uniform() < 0.9;
        return isMarked ? pictures.map(marked) : pictures;
      }),
    isIt: isCode("AUDIT_SHORTCUT", "text and marks"),
  },
  {
    name: "shortcut: image mode by class",
    plant: (set, random) =>
      pictureMembers(set, (pictures, { study }) => {
        const isTold = (study.label === "COVID-19") === random.uniform() < 0.9;
        return pictures.map((one) => ({
          ...one,
          file: { format: "PNG", bitDepth: 8, mode: isTold ? "RGBA" : "RGB" },
        }));
      }),
    isIt: isCode("AUDIT_SHORTCUT", "image mode"),
  },
  {
    name: "shortcut: brighter couch and clothes (outside the lungs) in one class",
    plant: (set) =>
      pictureMembers(set, (pictures, { study }) =>
        study.label === "COVID-19"
          ? pictures.map(({ pixels, shape, ...rest }) => {
              const band = Math.round(0.1 * shape[0]);
              const isBand = (i: number) => Math.floor(i / shape[1]) >= shape[0] - band;
              return { ...rest, shape, pixels: pixels.map((grey, i) => (isBand(i) ? Math.min(255, grey + 30) : grey)) };
            })
          : pictures,
      ),
    isIt: isCode("AUDIT_SHORTCUT_OUTSIDE_LUNGS"),
  },
];

const random = createRandom("audit trial");
const pool = await fillPool();
let hasFailed = false;

process.stdout.write(`| planted | found |\n|---|---|\n`);
for (const { name, plant, isIt } of faults) {
  let found = 0;
  for (let i = 0; i < repeats; i++) {
    const own = random.fork(name).fork(i);
    const findings = audit(await plant(draw(pool, own), own), i, name.startsWith("leak"));
    if (findings.some(isIt)) found++;
  }
  if (found < repeats) hasFailed = true;
  process.stdout.write(`| ${name} | ${found} of ${repeats} |\n`);
}

for (const kind of ["volumes", "pictures"]) {
  const all = kind === "volumes" ? volumes(pool) : await pictureMembers(pool, (pictures) => pictures);
  const memberOfStudy = new Map(pool.map(({ volume }, i) => [volume, all[i] as Member]));
  // Copies are pairs: none in the whole pool is none in any part of it.
  const copies = audit(all, 0, true).filter(({ code }) => code === "AUDIT_LEAK_IMAGES");
  const alarms = copies.map(({ message }) => `in the whole pool: ${message}`);
  let count = 0;
  for (let i = 0; i < seeds; i++) {
    const set = draw(pool, random.fork(`clean ${kind}`).fork(i));
    const members = set.map(({ volume }) => memberOfStudy.get(volume) as Member);
    const findings = audit(members, i, copies.length > 0);
    if (findings.length > 0) count++;
    alarms.push(...findings.map(({ code, message }) => `seed ${i}: ${code}: ${message}`));
  }
  if (count > 0.05 * seeds) hasFailed = true;
  process.stdout.write(`\nClean sets of ${kind} with a finding: ${count} of ${seeds}\n`);
  for (const alarm of alarms) process.stdout.write(`  ${alarm}\n`);
}
rmSync(work, { recursive: true, force: true });
process.exitCode = hasFailed ? 1 : 0;
