/** How a data set's elements and pixels are written. @source PS3.5 Annex A, PS3.6 Annex A */
export interface TransferSyntax {
  readonly uid: string;
  readonly isExplicit: boolean;
  readonly isBigEndian: boolean;
  readonly isDeflated: boolean;
  /** The codec of encapsulated pixel data; null where the pixels are written plainly. */
  readonly codec: PixelCodec | null;
  readonly isLossy: boolean;
}

export type PixelCodec = "rle" | "jpeg" | "jpegLs" | "jpeg2000" | "htJpeg2000";

export const implicitLittleEndian = "1.2.840.10008.1.2";
export const explicitLittleEndian = "1.2.840.10008.1.2.1";
export const deflatedLittleEndian = "1.2.840.10008.1.2.1.99";
export const explicitBigEndian = "1.2.840.10008.1.2.2";

const codecs: Readonly<Record<string, readonly [PixelCodec, isLossy: boolean]>> = {
  "1.2.840.10008.1.2.5": ["rle", false],
  "1.2.840.10008.1.2.4.50": ["jpeg", true],
  "1.2.840.10008.1.2.4.51": ["jpeg", true],
  "1.2.840.10008.1.2.4.53": ["jpeg", true],
  "1.2.840.10008.1.2.4.55": ["jpeg", true],
  "1.2.840.10008.1.2.4.57": ["jpeg", false],
  "1.2.840.10008.1.2.4.70": ["jpeg", false],
  "1.2.840.10008.1.2.4.80": ["jpegLs", false],
  "1.2.840.10008.1.2.4.81": ["jpegLs", true],
  "1.2.840.10008.1.2.4.90": ["jpeg2000", false],
  "1.2.840.10008.1.2.4.91": ["jpeg2000", true],
  "1.2.840.10008.1.2.4.201": ["htJpeg2000", false],
  "1.2.840.10008.1.2.4.202": ["htJpeg2000", false],
  "1.2.840.10008.1.2.4.203": ["htJpeg2000", true],
};

/** What a transfer syntax UID stands for; undefined where this program cannot read it. */
export function transferSyntaxOf(uid: string): TransferSyntax | undefined {
  const plain = { uid, isExplicit: true, isBigEndian: false, isDeflated: false, codec: null, isLossy: false };
  if (uid === implicitLittleEndian) return { ...plain, isExplicit: false };
  if (uid === explicitLittleEndian) return plain;
  if (uid === deflatedLittleEndian) return { ...plain, isDeflated: true };
  if (uid === explicitBigEndian) return { ...plain, isBigEndian: true };
  const known = Object.hasOwn(codecs, uid) ? codecs[uid] : undefined;
  return known && { ...plain, codec: known[0], isLossy: known[1] };
}
