/** How a file of weights stores a number. */
export type NumberType = keyof typeof bytesPerNumber;

/** Of each number type that can be read. */
export const bytesPerNumber = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** Little-endian numbers as float32, in a buffer of their own. bytes: whole numbers of the type, at any alignment. */
export function toFloat32(type: NumberType, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  if (type === "U8" || type === "BOOL") return Float32Array.from(bytes);
  const buffer = bytes.slice().buffer as ArrayBuffer;
  if (type === "F32") return new Float32Array(buffer);
  if (type === "F64") return Float32Array.from(new Float64Array(buffer));
  if (type === "I64") return Float32Array.from(new BigInt64Array(buffer), Number);
  if (type === "I32") return Float32Array.from(new Int32Array(buffer));
  if (type === "I16") return Float32Array.from(new Int16Array(buffer));
  if (type === "I8") return Float32Array.from(new Int8Array(buffer));
  const halves = new Uint16Array(buffer);
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++)
    bits[i] = type === "BF16" ? (halves[i] ?? 0) << 16 : widenHalf(halves[i] ?? 0);
  return new Float32Array(bits.buffer);
}

/** The bits of the float32 equal to the float16 of these bits. */
function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  let exponent = (half >>> 10) & 0x1f;
  let fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent === 0) {
    if (fraction === 0) return sign;
    exponent = 1;
    while ((fraction & 0x400) === 0) {
      fraction <<= 1;
      exponent--;
    }
    fraction &= 0x3ff;
  }
  return sign | ((exponent + 112) << 23) | (fraction << 13);
}
