import { type Resampling, resampleSubjects } from "../statistics/resampling.ts";
import type { Items } from "./items.ts";
import { type Results, type TableName, tableOf } from "./results.ts";
import { type Subgroups, subgroups } from "./subgroups.ts";
import type { Traits } from "./traits.ts";

/** A table, a set of curves or the subgroups of some items: plain data that can cross threads, and all that it needs. */
export interface TableJob {
  readonly name: TableName | "subgroups";
  readonly items: Items;
  readonly what: "images" | "studies";
  readonly resamples: number;
  readonly seed: number;
  readonly prevalences: readonly number[] | undefined;
  /** One for each item; for subgroups only. */
  readonly traits?: readonly (Traits | undefined)[];
}

export type TableResult = Results[TableName] | Subgroups;

/** What a job asks for. The same in every thread, as the seed alone decides the resamples. */
export function runTableJob(job: TableJob): TableResult {
  const { name, items, what, seed, prevalences } = job;
  const resampling = resamplingOf(job);
  if (name === "subgroups") return subgroups(items, job.traits ?? [], { resampling, seed, what });
  return tableOf(name, items, { resampling, what, prevalences });
}

let last: { key: string; resampling: Resampling } | undefined;

/** Jobs of the same items come one after another, so the last resampling is kept. */
function resamplingOf({ items, resamples, seed }: TableJob): Resampling {
  const key = `${items.subjects} ${resamples} ${seed}`;
  if (last?.key !== key) last = { key, resampling: resampleSubjects(items.subjects, { resamples, seed }) };
  return last.resampling;
}
