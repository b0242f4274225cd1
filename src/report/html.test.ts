import { expect, test } from "vitest";
import { html, rawHtml } from "./html.ts";

test("escapes values, in text and in attributes, and keeps pieces of HTML", () => {
  const piece = html`<b title="${`"><i>`}">${"a < b & 'c'"}</b>`;
  expect(piece.markup).toBe('<b title="&quot;&gt;&lt;i&gt;">a &lt; b &amp; &#39;c&#39;</b>');
  expect(html`<p>${[piece, 1]}${null}${false}${rawHtml("<hr>")}</p>`.markup).toBe(`<p>${piece.markup}1<hr></p>`);
});
