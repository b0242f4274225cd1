import { describe, expect, test } from "vitest";
import { createRandom } from "../base/random.ts";
import { mrmcOfScores, obuchowskiRockette } from "./mrmc.ts";

/**
 * The ratings 1 … 5 of five radiologists of 69 patients without and then 45 with an aortic dissection, by spin-echo and by
 * cine MRI: Van Dyke et al. 1993, Cine MRI in the diagnosis of thoracic aortic dissection, 79th RSNA meeting.
 */
const vanDyke = [
  [
    "122151111111411111111131311214111113121211233131133111111221111332111555545554555434245555555154454553555115554451",
    "232222222322522232222222422223222222222222222222222222222432232222222535555542555442225555555243354552425225555352",
    "222235112242422232221232411322112224121412112222223211211221151421212545555555555542355555555252255552555225555552",
    "111111311111111111112111211112111111111111111111331111111111111311111555555555555555155555555554544553555125555555",
    "351211112221211122113221111211211231221113332111211111111341231212113525255551545452235555554144322151515115553552",
  ],
  [
    "333222223213122222211111421312214323123122233111333113412421241442111535555554555544335555555355355554455535555551",
    "322222223222222122221222322222212212222231223222222222322322222222122535555552555344245455545252355532425525555552",
    "242222322211132222121121411512112122212221132111233113221232341242121525555555555354145555555253355543555534555551",
    "221111312111122111211111321212111122112111112121212211111212111323211545555554555455555555555455445555555535555555",
    "223122221222111222122212322321212222112121132122332122221222231233111525455555455343335555555251332532545533555553",
  ],
].map((readers) => readers.map((ratings) => [...ratings].map(Number)));
const dissected = Array.from({ length: 114 }, (_, i) => (i < 69 ? 0 : 1));

describe("on Van Dyke's readers, against the results published with MRMCaov (Smith and Hillis 2022)", () => {
  const result = mrmcOfScores(vanDyke, dissected, { covariance: "unbiased" });

  test("finds each reader's area", () => {
    const areas = result.areas.map((row) => row.map((area) => area.toFixed(5)));
    expect(areas).toEqual([
      ["0.91965", "0.85878", "0.90386", "0.97311", "0.82979"],
      ["0.94783", "0.90531", "0.92174", "0.99936", "0.92995"],
    ]);
  });

  test("finds the error variance and covariances", () => {
    const { variance, cov1, cov2, cov3, cov2Within } = result.covariances;
    expect([variance, cov1, cov2, cov3, ...cov2Within].map((one) => one.toPrecision(5))).toEqual([
      "0.00078839",
      "0.00034167",
      "0.00033906",
      "0.00023561",
      "0.00047718",
      "0.00020095",
    ]);
  });

  test("finds F, Hillis' degrees of freedom, p and the interval of the difference", () => {
    expect(result.f).toBeCloseTo(4.4896, 4);
    expect(result.degrees[1]).toBeCloseTo(15.034, 3);
    expect(result.p).toBeCloseTo(0.051162, 6);
    const [difference] = result.differences;
    expect(difference!.value).toBeCloseTo(-0.0438, 5);
    expect(difference!.standardError).toBeCloseTo(0.020672, 6);
    expect(difference!.low).toBeCloseTo(-0.087852, 6);
    expect(difference!.high).toBeCloseTo(0.0002513, 6);
    expect(difference!.p).toBeCloseTo(0.051162, 6);
  });

  test("finds each modality's mean with its interval", () => {
    const rows = result.means.map(({ value, standardError, degrees, low, high }) => [
      value.toFixed(5),
      standardError.toFixed(6),
      degrees.toFixed(3),
      low.toFixed(5),
      high.toFixed(5),
    ]);
    expect(rows).toEqual([
      ["0.89704", "0.033071", "12.588", "0.82535", "0.96872"],
      ["0.94084", "0.021491", "12.534", "0.89423", "0.98744"],
    ]);
  });

  test("comes to nearly the same with DeLong's covariances", () => {
    const delong = mrmcOfScores(vanDyke, dissected);
    expect(delong.f).toBeCloseTo(result.f, 1);
    expect(Math.abs(delong.p - result.p)).toBeLessThan(0.002);
  });
});

test("does not care in which order readers and modalities come", () => {
  const one = mrmcOfScores(vanDyke, dissected);
  const turned = mrmcOfScores([vanDyke[1]!.toReversed(), vanDyke[0]!.toReversed()], dissected);
  expect(turned.f).toBeCloseTo(one.f, 10);
  expect(turned.p).toBeCloseTo(one.p, 10);
  expect(turned.differences[0]!.value).toBeCloseTo(-one.differences[0]!.value, 12);
});

test("is the paired t test of the readers where cases bring no error", () => {
  const areas = [
    [0.8, 0.85, 0.9, 0.7],
    [0.82, 0.9, 0.91, 0.78],
  ];
  const none = { variance: 0, cov1: 0, cov2: 0, cov3: 0, cov2Within: [0, 0] };
  const { f, degrees, differences } = obuchowskiRockette(areas, none);
  // Differences −0.02, −0.05, −0.01, −0.08: mean −0.04, standard deviation √(0.003 / 3).
  const t = -0.04 / Math.sqrt(0.001 / 4);
  expect(f).toBeCloseTo(t ** 2, 10);
  expect(degrees[1]).toBeCloseTo(3, 10);
  expect(differences[0]!.standardError).toBeCloseTo(Math.sqrt(0.001 / 4), 12);
});

test("calls equal modalities different in about 5 % of 300 studies with three readers", () => {
  const random = createRandom(11);
  const positive = Array.from({ length: 60 }, (_, i) => i % 2);
  let wrong = 0;
  for (let study = 0; study < 300; study++) {
    const cases = positive.map((kind) => random.normal() + 1.5 * kind);
    const scores = [0, 1].map(() =>
      [0, 1, 2].map(() => {
        const skill = 1 + 0.4 * random.normal();
        return cases.map((value, i) => value + 0.4 * skill * positive[i]! + random.normal());
      }),
    );
    if (mrmcOfScores(scores, positive).p < 0.05) wrong++;
  }
  // 15 expected, standard deviation 3.8.
  expect(wrong).toBeGreaterThan(3);
  expect(wrong).toBeLessThan(27);
});
