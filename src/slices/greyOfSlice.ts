import type { BitMask } from "../lungs/bitMask.ts";
import { eachRun } from "../lungs/rows.ts";
import { greyOfHu, type WindowLevel } from "../study/windowLevel.ts";

/** From Hounsfield units to grey by a fixed window, as a table over every Int16. Not to be written to. */
export function windowTable(window: WindowLevel): Uint8Array {
  const { levelHu, widthHu } = window;
  if (lastTable?.levelHu !== levelHu || lastTable.widthHu !== widthHu) {
    const table = Uint8Array.from({ length: 65_536 }, (_, i) => greyOfHu(i - 32_768, window));
    lastTable = { levelHu, widthHu, table };
  }
  return lastTable.table;
}

/** All studies of a recipe share it. */
let lastTable: (WindowLevel & { readonly table: Uint8Array }) | undefined;

/**
 * A slice's grey by a window's table. isShown: a mask of one slice; what is not in it gets 0. null shows all.
 * hu: [rows, columns].
 */
export function greyByTable(hu: Int16Array, table: Uint8Array, isShown: BitMask | null): Uint8Array {
  const grey = new Uint8Array(hu.length);
  eachShown(hu.length, isShown, (start, end) => {
    for (let i = start; i < end; i++) grey[i] = table[(hu[i] as number) + 32_768] as number;
  });
  return grey;
}

/**
 * Values stretched from the lowest and highest of what is shown to 0 and 255, rounded to the nearest. What is not shown, and a
 * slice of one value, gets 0.
 */
export function greyByRange(values: Int16Array | Uint8Array, isShown: BitMask | null): Uint8Array {
  let low = 32_767;
  let high = -32_768;
  eachShown(values.length, isShown, (start, end) => {
    for (let i = start; i < end; i++) {
      const value = values[i] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  });
  const grey = new Uint8Array(values.length);
  if (high <= low) return grey;
  const scale = 255 / (high - low);
  const table = Uint8Array.from({ length: high - low + 1 }, (_, above) => (above * scale + 0.5) | 0);
  eachShown(values.length, isShown, (start, end) => {
    for (let i = start; i < end; i++) grey[i] = table[(values[i] as number) - low] as number;
  });
  return grey;
}

/** Calls visit for every run of shown pixels, from its first to one past its last. */
function eachShown(pixels: number, isShown: BitMask | null, visit: (start: number, end: number) => void): void {
  if (isShown === null) visit(0, pixels);
  else eachRun(isShown, visit);
}
