/** The bytes of all parts, one after the other; where they lie so in memory already, as of one part, that memory itself. */
export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (parts.length === 1) return first as Uint8Array;
  if (first !== undefined && lieTogether(parts)) return new Uint8Array(first.buffer, first.byteOffset, length);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function lieTogether(parts: readonly Uint8Array[]): boolean {
  return parts.every((part, i) => {
    const before = parts[i - 1];
    return (
      before === undefined || (before.buffer === part.buffer && before.byteOffset + before.length === part.byteOffset)
    );
  });
}
