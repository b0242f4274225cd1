import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { researchUseNotice } from "../base/version.ts";
import { followSubject } from "../report/followSubject.ts";
import { zoneOf } from "../scope/scope.ts";
import { intakeArgs, readIntakeOptions } from "./intakeOptions.ts";
import { defineVerb, numberOption } from "./verb.ts";

export const followVerb = defineVerb({
  name: "follow",
  description: "Put a subject's studies in time order: how much of the lungs, and what changed",
  examples: [
    "groundglass follow subject -o follow-up",
    "groundglass follow first second third --classifier run/classifier -o follow-up",
    "groundglass follow diagnosis-1 diagnosis-2 --days 0,14 -o follow-up",
  ],
  takesMany: true,
  args: {
    subject: {
      type: "positional",
      required: true,
      description: "A folder with the subject's studies, or several studies or folders of diagnoses",
      valueHint: "SUBJECT",
    },
    out: { type: "string", alias: "o", required: true, description: "Folder for the follow-up", valueHint: "OUT" },
    classifier: { type: "string", description: "Folder of a classifier to ask about each study", valueHint: "FOLDER" },
    days: {
      type: "string",
      description: "Days since the first study, one for each study in the order given, instead of the files' dates",
      valueHint: "0,7,21",
    },
    ...intakeArgs,
    threads: { type: "string", description: "Threads of the engine (all cores)", valueHint: "N" },
  },
  async run(args, progress) {
    const followUp = await followSubject(args._, {
      out: args.out,
      classifier: args.classifier,
      days: args.days === undefined ? undefined : daysOf(args.days),
      intake: await readIntakeOptions(args),
      threads: numberOption("threads", args.threads, { min: 1, max: 256 }),
      progress,
    });
    const lines = [
      followUp.summary.replaceAll("\u00a0", " "),
      ...followUp.studies.map(({ daysAfterFirst, scope, finding }) => {
        const { affectedShare } = zoneOf(scope, "both");
        const said = finding === null ? "" : `, ${finding}`;
        return `day ${daysAfterFirst}: ${(100 * affectedShare).toFixed(1)} % affected, score ${scope.severity.score} of 25${said}`;
      }),
      `Open ${join(args.out, "follow-up.html")}`,
      researchUseNotice,
    ];
    return { text: lines.join("\n"), json: followUp };
  },
});

function daysOf(text: string): number[] {
  const days = text.split(",").map((part) => (/^\s*\d+(\.\d+)?\s*$/.test(part) ? Number(part) : Number.NaN));
  if (days.some((day) => Number.isNaN(day))) {
    throw new InputError(
      "OPTION_INVALID",
      `--days is "${text}", expected numbers of 0 and more with commas, such as 0,7,21.`,
    );
  }
  return days;
}
