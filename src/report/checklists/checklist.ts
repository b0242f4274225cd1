import type { Fact, Facts } from "./facts.ts";

/** A reporting guideline: what a paper must say, item by item. */
export interface Checklist {
  readonly name: string;
  /** Where the items come from. */
  readonly source: string;
  readonly items: readonly ChecklistItem[];
}

export interface ChecklistItem {
  /** As the guideline numbers it. */
  readonly number: string;
  readonly topic: string;
  /** What of the run answers it; none where only the author can. */
  readonly facts: readonly Fact[];
}

/** An item with what the run says to it. */
export interface FilledItem extends ChecklistItem {
  /** null: the author must say it. */
  readonly answer: string | null;
}

/** A checklist filled with what is known; what is missing is for the author. */
export function fillChecklist(checklist: Checklist, facts: Facts): readonly FilledItem[] {
  return checklist.items.map((item) => {
    const known = item.facts.flatMap((fact) => facts[fact] ?? []);
    return { ...item, answer: known.length === 0 ? null : known.join(" ") };
  });
}

/** Items written as lines "number | topic | facts", the facts separated by spaces. */
export function itemsOf(lines: string): ChecklistItem[] {
  return lines
    .trim()
    .split("\n")
    .map((line) => {
      const [number = "", topic = "", facts = ""] = line.split("|").map((part) => part.trim());
      return { number, topic, facts: facts.split(" ").filter((name) => name !== "") as Fact[] };
    });
}
