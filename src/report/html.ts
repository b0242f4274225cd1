/** A piece of HTML whose text is already escaped. */
export interface Html {
  readonly markup: string;
}

export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/**
 * HTML from a template: values are escaped, pieces of HTML and lists of them stand as they are, null and false vanish.
 * Attributes must be in double quotes.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return { markup: strings.reduce((all, text, i) => all + markupOf(values[i - 1]) + text) };
}

/** Markup that another program made, such as an SVG; it is trusted as it is. */
export function rawHtml(markup: string): Html {
  return { markup };
}

/** Text as it may stand in HTML and in double-quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

function markupOf(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return "";
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  if ("markup" in value) return value.markup;
  return value.map(markupOf).join("");
}
