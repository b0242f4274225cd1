import type { Volume } from "../study/volume.ts";

/** What finding lungs looks at: Hounsfield units and where they stand. Any volume is one; so is a volume on a coarser grid. */
export type Field = Pick<Volume, "voxels" | "shape" | "geometry">;
