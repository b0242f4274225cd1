import type { ArgsDef } from "citty";

/** Options that belong together, under what they are about. */
export type OptionGroups = Readonly<Record<string, ArgsDef>>;

/** The help of a verb with many options: what it does, how it is called, its arguments and its options by group. */
export function groupedUsage(
  verb: { readonly name: string; readonly description: string; readonly args: ArgsDef },
  groups: OptionGroups,
  version: string,
): string {
  const grouped = new Set(Object.values(groups).flatMap((group) => Object.keys(group)));
  const positionals = Object.entries(verb.args).filter(([, { type }]) => type === "positional");
  const others = Object.entries(verb.args).filter(([name, { type }]) => type !== "positional" && !grouped.has(name));
  const hints = positionals.map(([name, arg]) => hintOf(arg) ?? name.toUpperCase());
  const sections = [
    ...Object.entries(groups).map(([title, group]) => [title, Object.entries(group)] as const),
    ["Other options", others] as const,
  ];
  const required = others.filter(([, arg]) => "required" in arg && arg.required === true);
  const calling = required.map(([name, arg]) => ` --${name} ${hintOf(arg) ?? "VALUE"}`).join("");
  return [
    `${verb.description} (groundglass ${verb.name} v${version})`,
    "",
    `USAGE groundglass ${verb.name} [OPTIONS] ${hints.join(" ")}${calling}`,
    "",
    ...positionals.flatMap(([, arg], i) => lines(`  ${hints[i]}`, arg.description ?? "")),
    ...sections.flatMap(([title, options]) => [
      "",
      title.toUpperCase(),
      "",
      ...options.flatMap(([name, arg]) =>
        lines(`  ${aliasOf(arg)}--${name}${valueHintOf(arg)}`, arg.description ?? ""),
      ),
    ]),
    "",
  ].join("\n");
}

const [optionColumns, textColumns] = [34, 84];

/** An option and its description, broken between words. */
function lines(option: string, description: string): string[] {
  const words = description.split(" ");
  const rows: string[] = [];
  for (const word of words) {
    const last = rows.at(-1);
    if (last === undefined || last.length + 1 + word.length > textColumns) rows.push(word);
    else rows[rows.length - 1] = `${last} ${word}`;
  }
  const first = option.length < optionColumns ? [] : [option];
  return [
    ...first,
    ...rows.map((row, i) => `${(i === 0 && first.length === 0 ? option : "").padEnd(optionColumns)}${row}`),
  ];
}

function hintOf(arg: ArgsDef[string]): string | undefined {
  return "valueHint" in arg ? arg.valueHint : undefined;
}

function valueHintOf(arg: ArgsDef[string]): string {
  return arg.type === "boolean" ? "" : ` ${hintOf(arg) ?? "VALUE"}`;
}

function aliasOf(arg: ArgsDef[string]): string {
  const alias = "alias" in arg && arg.alias !== undefined ? [arg.alias].flat()[0] : undefined;
  return alias === undefined ? "" : `-${alias}, `;
}
