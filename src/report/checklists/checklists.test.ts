import { describe, expect, it } from "vitest";
import { fillChecklist } from "./checklist.ts";
import { claim } from "./claim.ts";
import { factNames } from "./facts.ts";
import { stardAi } from "./stardAi.ts";
import { tripodAi } from "./tripodAi.ts";

const checklists = [claim, stardAi, tripodAi];

describe("the checklists", () => {
  it("number their items as the guidelines do", () => {
    expect(claim.items.map(({ number }) => number)).toEqual(Array.from({ length: 44 }, (_, i) => String(i + 1)));
    const leads = (items: readonly { number: string }[]) =>
      new Set(items.filter(({ number }) => /^\d/.test(number)).map(({ number }) => Number.parseInt(number, 10)));
    expect([...leads(stardAi.items)]).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect([...leads(tripodAi.items)]).toEqual(Array.from({ length: 27 }, (_, i) => i + 1));
  });

  it("ask only for facts that exist, and each fact is asked for somewhere", () => {
    const asked = checklists.flatMap(({ items }) => items.flatMap(({ facts }) => facts));
    expect(asked.filter((fact) => !factNames.includes(fact))).toEqual([]);
    expect(factNames.filter((fact) => !asked.includes(fact))).toEqual([]);
  });

  it("leave to the author what no run can know", () => {
    const everything = Object.fromEntries(factNames.map((name) => [name, "known."]));
    const left = fillChecklist(claim, everything).filter(({ answer }) => answer === null);
    expect(left.map(({ number }) => number)).toEqual("2 4 5 6 7 14 15 16 17 34 41 44".split(" "));
  });

  it("fill an item with all facts that answer it, and with none that is not known", () => {
    const filled = fillChecklist(claim, { subgroups: "By sex.", method: "Deep transfer learning." });
    const answerOf = (number: string) => filled.find((item) => item.number === number)?.answer;
    expect(answerOf("1")).toBe("Deep transfer learning.");
    expect(answerOf("30")).toBe("By sex.");
    expect(answerOf("9")).toBeNull();
  });
});
