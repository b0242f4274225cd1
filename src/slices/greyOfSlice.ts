import { greyOfHu, type WindowLevel } from "../study/windowLevel.ts";

/** From Hounsfield units to grey by a fixed window, as a table over every Int16. */
export function windowTable(window: WindowLevel): Uint8Array {
  return Uint8Array.from({ length: 65_536 }, (_, i) => greyOfHu(i - 32_768, window));
}

/** A slice's grey by a window's table. isShown: what is 0 there gets the lowest grey; null shows all. */
export function greyByTable(hu: Int16Array, table: Uint8Array, isShown: Uint8Array | null): Uint8Array {
  const grey = new Uint8Array(hu.length);
  for (let i = 0; i < hu.length; i++) {
    if (isShown === null || isShown[i]) grey[i] = table[(hu[i] as number) + 32_768] as number;
  }
  return grey;
}

/**
 * Values stretched from the lowest and highest of what is shown to 0 and 255, rounded to the nearest. What is not shown, and a
 * slice of one value, gets 0.
 */
export function greyByRange(values: Int16Array | Uint8Array, isShown: Uint8Array | null): Uint8Array {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    if (isShown !== null && !isShown[i]) continue;
    const value = values[i] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const grey = new Uint8Array(values.length);
  if (high <= low) return grey;
  const scale = 255 / (high - low);
  for (let i = 0; i < values.length; i++) {
    if (isShown === null || isShown[i]) grey[i] = (((values[i] as number) - low) * scale + 0.5) | 0;
  }
  return grey;
}
