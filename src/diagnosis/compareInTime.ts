import { researchUseNotice, version } from "../base/version.ts";
import { changeUncertainty } from "../scope/measurementError.ts";
import { zoneOf } from "../scope/scope.ts";
import type { Change, FollowedStudy, FollowUp } from "./followUp.ts";

/** What becomes of a subject's studies over time. studies: two or more, in the order of time. */
export function compareInTime(studies: readonly FollowedStudy[], classes: readonly string[] | null): FollowUp {
  const steps = studies.slice(1).map((_, i) => [i, i + 1] as const);
  const last = studies.length - 1;
  const changes = [...steps, ...(last > 1 ? [[0, last] as const] : [])].map(([from, to]) =>
    changeOf(studies, from, to),
  );
  return {
    format: "groundglass-follow-up/1",
    groundglassVersion: version,
    classes,
    studies,
    changes,
    levels: (studies[0]?.scope.levels ?? []).map(({ from, to }, i) => ({
      from,
      to,
      affectedShares: studies.map(({ scope }) => {
        const level = scope.levels[i];
        if (!level || level.lungMl === 0) return 0;
        return rounded((level.groundGlassMl + level.consolidationMl) / level.lungMl);
      }),
    })),
    summary: summaryOf(studies, changes),
    notice: researchUseNotice,
  };
}

function changeOf(studies: readonly FollowedStudy[], from: number, to: number): FollowUp["changes"][number] {
  const [before, after] = [studies[from], studies[to]];
  const [was, is] = [zoneOf(before.scope, "both"), zoneOf(after.scope, "both")];
  return {
    from,
    to,
    days: after.daysAfterFirst - before.daysAfterFirst,
    affected: intervalOf(is.affectedShare - was.affectedShare),
    groundGlass: intervalOf(is.groundGlassShare - was.groundGlassShare),
    consolidation: intervalOf(is.consolidationShare - was.consolidationShare),
    score: after.scope.severity.score - before.scope.severity.score,
    lungMl: Math.round(10 * (is.lungMl - was.lungMl)) / 10,
  };
}

function intervalOf(value: number): Change {
  return {
    value: rounded(value),
    low: rounded(value - changeUncertainty),
    high: rounded(value + changeUncertainty),
    isBeyondError: Math.abs(value) > changeUncertainty,
  };
}

function summaryOf(studies: readonly FollowedStudy[], changes: FollowUp["changes"]): string {
  const shares = studies.map(({ scope }) => zoneOf(scope, "both").affectedShare);
  const whole = changes.at(-1);
  if (whole === undefined) return "";
  const percent = (share: number) => `${(100 * share).toFixed(1)}\u00a0%`;
  const [first, last, most] = [shares[0], shares.at(-1) ?? 0, Math.max(...shares)];
  const peak = shares.indexOf(most);
  const word = !whole.affected.isBeyondError
    ? "unchanged within the error"
    : whole.affected.value > 0
      ? "more"
      : "less";
  const between =
    peak > 0 && peak < shares.length - 1 && most - Math.max(first, last) > changeUncertainty
      ? `, with the most, ${percent(most)}, on day ${studies[peak].daysAfterFirst}`
      : "";
  return `Affected lung went from ${percent(first)} to ${percent(last)} in ${whole.days} ${whole.days === 1 ? "day" : "days"}: ${word}${between}.`;
}

function rounded(share: number): number {
  return Math.round(1e4 * share) / 1e4;
}
