/**
 * How well the default isolation finds lungs: Dice against hand-made masks of slices, where they are present, and against the
 * truth of drawn phantoms, with the share of the lesions inside.
 *
 *   npm run trial:lungs -- --subjects 18 --seed 5 --picture docs/images/worst-lungs.png
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { isolateLungs } from "../src/lungs/isolateLungs.ts";
import { labelsOf } from "../src/lungs/lungMask.ts";
import { defaultLungs } from "../src/lungs/lungSettings.ts";
import { drawStudy } from "../src/phantom/drawStudy.ts";
import { planPhantoms } from "../src/phantom/planPhantoms.ts";
import type { Volume } from "../src/study/volume.ts";

const { values } = parseArgs({
  options: {
    masks: { type: "string", default: "../shared/data/lung-masks" },
    subjects: { type: "string", default: "18" },
    seed: { type: "string", default: "5" },
    matrix: { type: "string", default: "224" },
    spacing: { type: "string", default: "5" },
    picture: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

interface Row {
  readonly name: string;
  readonly label: string;
  readonly dice: number;
  /** Of the lesions' volume; null without lesions. */
  readonly lesionsInside: number | null;
  /** Lesions' share of the lungs. */
  readonly disease: number;
  readonly quality: number;
  readonly lesions: number;
}

/** A phantom with a tenth of its lungs diseased counts as heavy. */
const heavyShare = 0.1;
/** The slices' spacing is not known: 0.7 mm is usual. */
const unknownSpacingMm = 0.7;

if (values.help) {
  process.stdout.write(
    "npm run trial:lungs -- [--masks FOLDER] [--subjects 18] [--seed 5] [--matrix 224] [--spacing 5] [--picture OUT.png] [--json]\n",
  );
} else await trial();

async function trial(): Promise<void> {
  const slices = existsSync(values.masks) ? await trySlices(values.masks) : [];
  const worst: { row: Row; tile: Tile }[] = [];
  const phantoms: Row[] = [];
  const plans = planPhantoms({
    subjects: Number(values.subjects),
    seed: Number(values.seed),
    matrix: Number(values.matrix),
    sliceSpacingMm: Number(values.spacing),
  });
  for (const plan of plans) {
    const { row, tile } = tryPhantom(plan);
    phantoms.push(row);
    worst.push({ row, tile });
  }
  worst.sort((a, b) => a.row.dice - b.row.dice).splice(10);
  const summary = summaryOf(slices, phantoms);
  if (values.json) process.stdout.write(`${JSON.stringify({ slices, phantoms, summary }, null, 2)}\n`);
  else print(slices, phantoms, summary);
  if (values.picture) {
    await drawWorst(
      worst.map(({ tile }) => tile),
      values.picture,
    );
  }
}

async function trySlices(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of readdirSync(folder).filter((file) => file.endsWith("-hu2048.png"))) {
    const stored = await greyOf(join(folder, name));
    const truth = await greyOf(join(folder, name.replace("hu2048", "lungs")));
    const mask = isolateLungs(
      sliceVolume(
        Int16Array.from(stored.pixels, (value) => value - 2048),
        stored.shape,
      ),
      defaultLungs,
    );
    const { dice } = compared(labelsOf(mask), truth.pixels);
    rows.push({
      name: name.replace("-hu2048.png", ""),
      label: "slice",
      dice,
      lesionsInside: null,
      disease: 0,
      quality: mask.quality.score,
      lesions: 0,
    });
  }
  return rows;
}

interface Tile {
  readonly hu: Int16Array;
  readonly found: Uint8Array;
  readonly truth: Uint8Array;
  readonly size: readonly [rows: number, columns: number];
}

function tryPhantom(plan: Parameters<typeof drawStudy>[0]): { row: Row; tile: Tile } {
  const { volume, lungs, lesions } = drawStudy(plan);
  const mask = isolateLungs(volume, defaultLungs);
  const labels = labelsOf(mask);
  const { dice, truthCount } = compared(labels, lungs);
  let [inside, all] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (lesions[i] === 0) continue;
    all++;
    if (labels[i] !== 0) inside++;
  }
  const area = volume.shape[1] * volume.shape[2];
  const wrong = Array.from({ length: volume.shape[0] }, (_, z) => {
    let count = 0;
    for (let i = z * area; i < (z + 1) * area; i++) if ((labels[i] !== 0) !== (lungs[i] !== 0)) count++;
    return count;
  });
  const z = wrong.indexOf(Math.max(...wrong));
  const part = <Values extends Int16Array | Uint8Array>(values: Values) =>
    values.slice(z * area, (z + 1) * area) as Values;
  return {
    row: {
      name: plan.name,
      label: plan.label,
      dice,
      lesionsInside: all === 0 ? null : inside / all,
      disease: all / truthCount,
      quality: mask.quality.score,
      lesions: all,
    },
    tile: {
      hu: part(volume.voxels),
      found: part(labels),
      truth: part(lungs),
      size: [volume.shape[1], volume.shape[2]],
    },
  };
}

function compared(found: Uint8Array, truth: ArrayLike<number>): { dice: number; truthCount: number } {
  let [both, foundCount, truthCount] = [0, 0, 0];
  for (let i = 0; i < found.length; i++) {
    if (found[i] !== 0) foundCount++;
    if (truth[i] !== 0) truthCount++;
    if (found[i] !== 0 && truth[i] !== 0) both++;
  }
  return { dice: (2 * both) / (foundCount + truthCount), truthCount };
}

function summaryOf(slices: readonly Row[], phantoms: readonly Row[]) {
  const sick = phantoms.filter((row) => row.lesionsInside !== null);
  const lesions = sick.reduce((sum, row) => sum + row.lesions, 0);
  return {
    slices: spreadOf(slices.map((row) => row.dice)),
    phantoms: spreadOf(phantoms.map((row) => row.dice)),
    heavy: spreadOf(phantoms.filter((row) => row.disease >= heavyShare).map((row) => row.dice)),
    lesionsInside: {
      pooled: sick.reduce((sum, row) => sum + row.lesions * (row.lesionsInside ?? 0), 0) / lesions,
      ...spreadOf(sick.map((row) => row.lesionsInside ?? 0)),
    },
  };
}

/** The median, the 5th percentile and the least. */
function spreadOf(numbers: readonly number[]) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const low = sorted[Math.floor(place)] ?? Number.NaN;
    return low + (place % 1) * ((sorted[Math.ceil(place)] ?? Number.NaN) - low);
  };
  return { count: sorted.length, median: at(0.5), p5: at(0.05), least: at(0) };
}

function print(slices: readonly Row[], phantoms: readonly Row[], summary: ReturnType<typeof summaryOf>): void {
  const lines = [...slices, ...phantoms]
    .sort((a, b) => a.dice - b.dice)
    .map(
      ({ name, label, dice, lesionsInside, disease, quality }) =>
        `${name.padEnd(16)} ${label.padEnd(16)} Dice ${dice.toFixed(4)}  lesions inside ${lesionsInside?.toFixed(3) ?? "  –  "}  diseased ${(100 * disease).toFixed(1).padStart(4)} %  quality ${quality.toFixed(2)}`,
    );
  const told = (name: string, { count, median, p5, least }: ReturnType<typeof spreadOf>) =>
    `${name.padEnd(34)} n ${String(count).padStart(3)}  median ${median.toFixed(4)}  5th percentile ${p5.toFixed(4)}  least ${least.toFixed(4)}`;
  lines.push(
    "",
    slices.length === 0 ? `No slices at ${values.masks}.` : told("Dice, hand-made masks of slices", summary.slices),
    told("Dice, phantoms", summary.phantoms),
    told("Dice, phantoms, 10 % diseased", summary.heavy),
    `${told("Lesions inside, phantoms", summary.lesionsInside)}  pooled ${summary.lesionsInside.pooled.toFixed(4)}`,
  );
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Two rows of five slices: too much in red, missed in green. */
async function drawWorst(tiles: readonly Tile[], file: string): Promise<void> {
  const across = 5;
  const [rows, columns] = tiles[0]?.size ?? [1, 1];
  const cut = Math.round(rows / 8);
  const high = rows - 2 * cut;
  const width = across * columns;
  const rgb = new Uint8Array(Math.ceil(tiles.length / across) * high * width * 3);
  tiles.forEach(({ hu, found, truth }, n) => {
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < columns; x++) {
        const i = (y + cut) * columns + x;
        const grey = Math.max(0, Math.min(255, (((hu[i] ?? 0) + 1000) / 1200) * 255));
        const isFound = found[i] !== 0;
        const isTrue = truth[i] !== 0;
        const colour =
          isFound === isTrue
            ? [grey, grey, grey]
            : isFound
              ? [128 + grey / 2, grey / 2, grey / 2]
              : [grey / 2, 110 + grey / 2, grey / 2];
        rgb.set(colour, ((Math.floor(n / across) * high + y) * width + (n % across) * columns + x) * 3);
      }
    }
  });
  await sharp(rgb, { raw: { width, height: rgb.length / 3 / width, channels: 3 } })
    .resize({ width: Math.min(width, 700) })
    .png({ palette: true, colours: 24, compressionLevel: 9 })
    .toFile(file);
}

async function greyOf(file: string): Promise<{ pixels: Uint16Array; shape: [number, number, number] }> {
  const image = sharp(readFileSync(file)).toColourspace("grey16");
  const { data, info } = await image.raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true });
  return {
    pixels: new Uint16Array(data.buffer, data.byteOffset, data.length / 2),
    shape: [1, info.height, info.width],
  };
}

function sliceVolume(voxels: Int16Array, shape: [number, number, number]): Volume {
  return {
    voxels,
    shape,
    geometry: {
      originMm: [0, 0, 0],
      spacingMm: [1, unknownSpacingMm, unknownSpacingMm],
      axes: [
        [0, 0, 1],
        [0, 1, 0],
        [1, 0, 0],
      ],
    },
    series: { studyUid: "1.2", seriesUid: "1.2.3", modality: "CT" },
    sliceNames: ["slice"],
    warnings: [],
  };
}
