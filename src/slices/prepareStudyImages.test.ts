import { describe, expect, test } from "vitest";
import { maskOfBytes } from "../lungs/bitMask.ts";
import { drawThorax } from "../lungs/drawnThorax.fixture.ts";
import { lungMaskOf } from "../lungs/lungMask.ts";
import type { Picture, Volume } from "../study/volume.ts";
import { planesOf, type VolumePlanes } from "../study/volumePlanes.ts";
import { greyOfHu } from "../study/windowLevel.ts";
import { chooseSlices } from "./chooseSlices.ts";
import { boxAroundLungs, cropGrey } from "./cropBox.ts";
import { greyByRange } from "./greyOfSlice.ts";
import { prepareStudyImages } from "./prepareStudyImages.ts";
import { chen2021Recipe, defaultRecipe, picturesRecipe, sliceRecipeSchema } from "./sliceRecipe.ts";
import { attributesByPlane, studyAttributes } from "./studyAttributes.ts";
import { throughJpeg } from "./throughJpeg.ts";

const small = { storedPx: 64, inputPx: 56 };
const volume = drawThorax();
const study = { kind: "volume", volume } as const;

describe("preparing a volume by the default recipe", async () => {
  const prepared = await prepareStudyImages(study, { ...defaultRecipe, ...small });

  test("keeps the slices with lung, with their names, heights and areas", () => {
    expect(prepared.slices.map((slice) => slice.sliceIndex)).toEqual(Array.from({ length: 30 }, (_, i) => i + 6));
    const first = prepared.slices[0]!;
    expect(first.name).toBe("slice 6");
    expect(first.positionMm).toBe(100 + 6 * 6);
    expect(first.lungAreaMm2! / (2 * Math.PI * 28 * 18 * 2.6 ** 2)).toBeCloseTo(1, 1);
    expect(first.pixels).toHaveLength(64 * 64);
    expect(prepared.warnings).toEqual([]);
  });

  test("maps lung through the window and blanks what is far from the lungs", () => {
    const { pixels } = prepared.slices[10]!;
    const lungGrey = greyOfHu(-800, { levelHu: -600, widthHu: 1500 });
    // The box is 208 + 20 mm wide around x = 64: the right lung's middle lies a quarter in.
    expect(pixels[32 * 64 + 15]).toBe(lungGrey);
    expect(pixels[1 * 64 + 32]).toBe(0);
    expect(pixels[32 * 64 + 32]).toBe(0);
  });

  test("gives the same bytes again", async () => {
    const again = await prepareStudyImages(study, { ...defaultRecipe, ...small });
    expect(again.slices).toEqual(prepared.slices);
  });
});

test("keeps every slice, stretched to its own range, by the paper's recipe", async () => {
  const varied = drawThorax();
  for (let y = 55; y < 75; y++) varied.voxels.fill(-500, (20 * 128 + y) * 128 + 36, (20 * 128 + y) * 128 + 48);
  const images = { kind: "volume", volume: varied } as const;
  const { slices, mask } = await prepareStudyImages(images, { ...chen2021Recipe, ...small, jpegQuality: null });
  expect(slices).toHaveLength(40);
  expect(mask!.volumeMl).toBeGreaterThan(0);
  expect(Math.max(...slices[20]!.pixels)).toBe(255);
  expect(Math.min(...slices[20]!.pixels)).toBe(0);
});

test("says so and prepares nothing where no slice has lung", async () => {
  const without = drawThorax({ hasRight: false, hasLeft: false });
  const { slices, warnings } = await prepareStudyImages({ kind: "volume", volume: without }, defaultRecipe);
  expect(slices).toEqual([]);
  expect(warnings.map((warning) => warning.code)).toEqual(["NO_LUNGS_FOUND", "NO_LUNG_SLICES"]);
});

test("only resizes pictures, whatever the recipe, and says so", async () => {
  const pixels = new Uint8Array(30 * 40).fill(77);
  const pictures: Picture[] = [{ pixels, shape: [30, 40], name: "a.png" }];
  const { slices, mask, warnings } = await prepareStudyImages(
    { kind: "pictures", pictures },
    { ...defaultRecipe, ...small },
  );
  expect(warnings.map((warning) => warning.code)).toEqual(["NO_HOUNSFIELD_UNITS"]);
  expect(mask).toBeNull();
  expect(slices).toEqual([
    {
      pixels: new Uint8Array(64 * 64).fill(77),
      lungs: null,
      sliceIndex: 0,
      name: "a.png",
      positionMm: null,
      lungAreaMm2: null,
    },
  ]);
});

test("gives a volume a lung window where the recipe was made for pictures", async () => {
  const { warnings, slices } = await prepareStudyImages(study, { ...picturesRecipe(defaultRecipe), ...small });
  expect(warnings.map((warning) => warning.code)).toEqual(["RECIPE_FOR_PICTURES"]);
  expect(slices).toHaveLength(40);
});

test("chooses slices by area, then evenly with the first and the last", () => {
  const areas = Float64Array.from([0, 5, 10, 20, 30, 20, 10, 5]);
  expect(chooseSlices(8, areas, { minLungAreaMm2: 10, maxSlices: null })).toEqual([2, 3, 4, 5, 6]);
  expect(chooseSlices(8, areas, { minLungAreaMm2: 10, maxSlices: 3 })).toEqual([2, 4, 6]);
  expect(chooseSlices(8, null, { minLungAreaMm2: 10, maxSlices: 1 })).toEqual([3]);
  expect(chooseSlices(3, null, { minLungAreaMm2: 0, maxSlices: 9 })).toEqual([0, 1, 2]);
});

test("puts a square in mm around the lungs, beyond the slice where needed, and the lowest grey there", () => {
  const shape = [1, 4, 6] as const;
  const geometry = { ...volume.geometry, spacingMm: [1, 2, 1] as const };
  const labels = new Uint8Array(24);
  labels.fill(1, 6 + 1, 6 + 5);
  const mask = lungMaskOf(labels, { shape, geometry }, []);
  // 4 mm wide, 2 mm high, 1 mm of margin on each side: 6 mm are 3 rows and 6 columns.
  const box = boxAroundLungs(mask, geometry, 1);
  expect(box).toEqual({ firstRow: 0, firstColumn: 0, rows: 3, columns: 6 });
  const grey = Uint8Array.from({ length: 24 }, (_, i) => i + 1);
  expect([...cropGrey(grey, [4, 6], { firstRow: -1, firstColumn: 4, rows: 3, columns: 3 })]).toEqual([
    0, 0, 0, 5, 6, 0, 11, 12, 0,
  ]);
});

test("stretches what is shown and blanks the rest", () => {
  expect([
    ...greyByRange(Int16Array.from([-900, -850, -700, 500]), maskOfBytes(Uint8Array.of(1, 1, 1, 0), [1, 1, 4])),
  ]).toEqual([0, 64, 255, 0]);
  expect([...greyByRange(Int16Array.from([7, 7]), null)]).toEqual([0, 0]);
});

test("JPEG keeps grey nearly and size exactly", async () => {
  const pixels = Uint8Array.from({ length: 20 * 30 }, (_, i) => (i * 7) % 200);
  const back = await throughJpeg(pixels, [20, 30], 95);
  expect(back).toHaveLength(pixels.length);
  const mean = back.reduce((sum, grey, i) => sum + Math.abs(grey - pixels[i]!), 0) / pixels.length;
  expect(mean).toBeLessThan(4);
});

test("presets are valid, stay the same through JSON, and a wrong field is named", () => {
  for (const recipe of [defaultRecipe, chen2021Recipe, picturesRecipe(defaultRecipe)]) {
    expect(JSON.stringify(sliceRecipeSchema.parse(JSON.parse(JSON.stringify(recipe))))).toBe(JSON.stringify(recipe));
  }
  const wrong = sliceRecipeSchema.safeParse({ ...defaultRecipe, storedPx: 200 });
  expect(wrong.error?.issues[0]?.path).toEqual(["inputPx"]);
});

describe("preparing a volume whose planes are read when they are needed", () => {
  /** The planes of a volume, which as a whole is out of sight. */
  function planesAlone(of: Volume): VolumePlanes & { readonly reads: number[][] } {
    const { whole: _, ...planes } = planesOf(of);
    const reads: number[][] = [];
    return {
      ...planes,
      reads,
      read(indices) {
        reads.push([...indices]);
        return planes.read(indices);
      },
    };
  }

  test.each([defaultRecipe, chen2021Recipe])("gives the same slices, mask and attributes ($preset)", async (preset) => {
    const long = drawThorax({ slices: 402, lungSlices: [100, 300] });
    const recipe = { ...preset, ...small, jpegQuality: null };
    const planes = planesAlone(long);
    const seen = attributesByPlane(long);
    const found = await prepareStudyImages({ kind: "volume", volume: planes }, recipe, { onPlane: seen.add });
    const expected = await prepareStudyImages({ kind: "volume", volume: long }, recipe);
    expect(found).toEqual(expected);
    expect(found.slices.length).toBeGreaterThan(150);
    expect(seen.found(found.mask)).toEqual(studyAttributes({ kind: "volume", volume: long }, expected.mask));
    // Never more than half of the volume at once: every second plane for the lungs, a few for the rest.
    expect(Math.max(...planes.reads.map((indices) => indices.length))).toBe(preset === defaultRecipe ? 201 : 32);
  });
});
