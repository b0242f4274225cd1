import { describe, expect, it } from "vitest";
import { ageInYears, yearOf } from "./ageInYears.ts";

describe("ageInYears", () => {
  it("takes the age as written, in years, months, weeks or days", () => {
    expect(ageInYears("045Y", undefined, undefined)).toBe(45);
    expect(ageInYears("018M", undefined, undefined)).toBe(1);
    expect(ageInYears("010W", undefined, undefined)).toBe(0);
    expect(ageInYears("400D", undefined, undefined)).toBe(1);
  });

  it("counts the birthdays between birth and study where no age is written", () => {
    expect(ageInYears(undefined, "19600301", "20200229")).toBe(59);
    expect(ageInYears(undefined, "19600301", "20200301")).toBe(60);
    expect(ageInYears("old", "19600301", "20210101")).toBe(60);
  });

  it("never tells more than 90 and nothing where nothing sensible is written", () => {
    expect(ageInYears("099Y", undefined, undefined)).toBe(90);
    expect(ageInYears(undefined, "20210101", "20200101")).toBeUndefined();
    expect(ageInYears(undefined, "1960", "20200101")).toBeUndefined();
  });
});

describe("yearOf", () => {
  it("is the year of a date and nothing of other text", () => {
    expect(yearOf("20200412")).toBe(2020);
    expect(yearOf("19000101")).toBeUndefined();
    expect(yearOf("April")).toBeUndefined();
  });
});
