/** For tests only: pixels compressed by the encoders of the codecs' package. */
import dcmjsCodecs from "dcmjs-codecs";

const { Context, NativeCodecs } = dcmjsCodecs;

export interface TestPixels {
  readonly rows: number;
  readonly columns: number;
  /** 8 or 16. */
  readonly bitsAllocated?: number;
  readonly bitsStored?: number;
  readonly isSigned?: boolean;
}

type Encoder = (context: InstanceType<typeof Context>) => InstanceType<typeof Context>;

/** By transfer syntax. Of JPEG with loss (.50, .51) only 8 bits can be encoded; .57 has another predictor than .70. */
export const testEncoders: Readonly<Record<string, Encoder>> = {
  "1.2.840.10008.1.2.5": (context) => NativeCodecs.encodeRle(context),
  "1.2.840.10008.1.2.4.50": (context) => NativeCodecs.encodeJpeg(context, { lossy: true, quality: 90 }),
  "1.2.840.10008.1.2.4.51": (context) => NativeCodecs.encodeJpeg(context, { lossy: true, quality: 90 }),
  "1.2.840.10008.1.2.4.57": (context) => NativeCodecs.encodeJpeg(context, { lossy: false, predictor: 6 }),
  "1.2.840.10008.1.2.4.70": (context) => NativeCodecs.encodeJpeg(context, { lossy: false, predictor: 1 }),
  "1.2.840.10008.1.2.4.80": (context) => NativeCodecs.encodeJpegLs(context, { lossy: false }),
  "1.2.840.10008.1.2.4.81": (context) => NativeCodecs.encodeJpegLs(context, { lossy: true, allowedLossyError: 3 }),
  "1.2.840.10008.1.2.4.90": (context) => NativeCodecs.encodeJpeg2000(context, { lossy: false }),
  "1.2.840.10008.1.2.4.91": (context) => NativeCodecs.encodeJpeg2000(context, { lossy: true, rate: 4 }),
  "1.2.840.10008.1.2.4.201": (context) => NativeCodecs.encodeHtJpeg2000(context, { lossy: false }),
  "1.2.840.10008.1.2.4.202": (context) => NativeCodecs.encodeHtJpeg2000(context, { lossy: false, progressionOrder: 2 }),
  "1.2.840.10008.1.2.4.203": (context) => NativeCodecs.encodeHtJpeg2000(context, { lossy: true }),
};

/** One frame in a compressed transfer syntax. samples: row-major, little endian. */
export async function encodePixels(
  transferSyntaxUid: string,
  samples: Uint8Array | Uint16Array,
  pixels: TestPixels,
): Promise<Uint8Array> {
  const { rows, columns, bitsAllocated = 16, bitsStored = bitsAllocated, isSigned = false } = pixels;
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync();
  const context = new Context({
    width: columns,
    height: rows,
    bitsAllocated,
    bitsStored,
    samplesPerPixel: 1,
    pixelRepresentation: isSigned ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: "MONOCHROME2",
    decodedBuffer: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
  });
  const encoded = testEncoders[transferSyntaxUid]?.(context).getEncodedBuffer();
  if (!encoded) throw new Error(`There is no encoder for ${transferSyntaxUid}`);
  return encoded.slice();
}
