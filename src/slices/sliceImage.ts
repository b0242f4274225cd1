/** A slice as the network's input is made of: one square plane of grey. */
export interface SliceImage {
  /** [storedPx, storedPx] of the recipe, grey 0–255. */
  readonly pixels: Uint8Array;
  /** [storedPx, storedPx]: 1 where a pixel's centre is lung, else 0; null where lungs are not isolated. */
  readonly lungs: Uint8Array | null;
  /** Index in the study, from the feet to the head; of pictures, their order. */
  readonly sliceIndex: number;
  /** SOP Instance UID or file name. */
  readonly name: string;
  /** Height of the slice's centre voxel [0, 0] in LPS, z; null for pictures. */
  readonly positionMm: number | null;
  /** null for pictures and where lungs are not isolated. */
  readonly lungAreaMm2: number | null;
}
