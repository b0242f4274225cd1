import { describe, expect, it } from "vitest";
import { passedSlices, type StageVoice, wordOf } from "./passOn.ts";

const voice: StageVoice = {
  classes: ["disease", "normal"],
  network: { name: "resnet18", classes: 2 },
  studyRule: { kind: "fraction", classes: ["disease", "normal"], threshold: 0.05, chosenOn: "paper" },
  calibration: null,
  operatingPoint: null,
};
const slices = [0.9, 0.2, 0.6].map((p, i) => ({ sliceIndex: 10 * i, probabilities: [p, 1 - p] }));
const when = { stage: "first", finding: ["disease"], slices: "carried" } as const;

describe("passedSlices", () => {
  it("passes on the slices that carried the finding", () => {
    expect([...passedSlices(when, wordOf(voice, slices))]).toEqual([0, 20]);
  });

  it("passes on all slices, or those called one of some classes, where that is asked", () => {
    const word = wordOf(voice, slices);
    expect([...passedSlices({ ...when, slices: "all" }, word)]).toEqual([0, 10, 20]);
    expect([...passedSlices({ ...when, slices: ["normal"] }, word)]).toEqual([10]);
  });

  it("passes nothing on of a study with another finding, or of which nothing was said", () => {
    expect(passedSlices({ ...when, finding: ["normal"] }, wordOf(voice, slices)).size).toBe(0);
    expect(passedSlices(when, null).size).toBe(0);
    expect(passedSlices({ ...when, finding: null }, wordOf(voice, slices)).size).toBe(2);
  });

  it("takes each of several labels by itself", () => {
    const several: StageVoice = {
      ...voice,
      classes: ["opacity", "streaks"],
      network: { ...voice.network, labels: "several" },
      studyRule: { kind: "fraction", classes: ["opacity", "streaks"], threshold: 0.4, chosenOn: "preset", each: true },
    };
    const rows = [
      [0.9, 0.8],
      [0.1, 0.7],
      [0.3, 0.2],
    ].map((probabilities, sliceIndex) => ({ sliceIndex, probabilities }));
    const word = wordOf(several, rows);
    // Opacity in one of three slices, no more than 40 %; streaks in two.
    expect(word.found).toMatchObject({ finding: "streaks", fractions: [1 / 3, 2 / 3] });
    expect(word.calls).toEqual([["opacity", "streaks"], ["streaks"], []]);
    expect([...passedSlices({ ...when, finding: ["streaks"] }, word)]).toEqual([0, 1]);
    const lower = wordOf({ ...several, studyRule: { ...several.studyRule, threshold: 0.3 } as never }, rows);
    expect(lower.found.finding).toBe("opacity + streaks");
    expect([...passedSlices({ ...when, finding: ["opacity"], slices: ["opacity"] }, lower)]).toEqual([0]);
  });
});
