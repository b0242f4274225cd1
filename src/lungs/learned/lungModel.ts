import { z } from "zod";

const label = z.int().min(0).max(255);
const oneOrSome = z.union([label.transform((one) => [one]), z.array(label).min(1)]);

const inputSchema = z.strictObject({
  /** The model's input; its only one where it is left out. */
  name: z.string().optional(),
  /** Rows and columns that the model takes. */
  sizePx: z.int().min(16).max(1024),
  layout: z.enum(["NCHW", "NHWC", "NHW"]).default("NCHW"),
  /** 3 repeats the grey. */
  channels: z.union([z.literal(1), z.literal(3)]).default(1),
  /** slice: the whole slice is resized. body: the rectangle around the body is, as some models were trained. */
  crop: z.enum(["slice", "body"]).default("slice"),
  /** Values are clipped to these … */
  lowHu: z.number(),
  highHu: z.number(),
  /** … which become these; then the mean is taken off and the rest divided by the deviation. */
  range: z.tuple([z.number(), z.number()]).default([0, 1]),
  mean: z.number().default(0),
  std: z.number().positive().default(1),
  /** Slices in a run, where the model leaves it open. */
  batch: z.int().min(1).max(64).default(4),
});

const outputSchema = z.strictObject({
  /** The model's output; its only one where it is left out. */
  name: z.string().optional(),
  /** labels: a number for each pixel. logits or probabilities: a map for each label, or a single one of the lungs. */
  kind: z.enum(["labels", "logits", "probabilities"]),
  layout: z.enum(["NCHW", "NHWC", "NHW"]).default("NCHW"),
  /** Of a single map: lung is where the probability is at least this. */
  threshold: z.number().gt(0).lt(1).default(0.5),
});

const labelsSchema = z.union([
  z.strictObject({ right: oneOrSome, left: oneOrSome }),
  /** Lungs without sides: they are parted as the default isolation parts them. */
  z.strictObject({ lungs: oneOrSome }),
]);

/** What is known of a lung segmentation network: where its file is, what goes in, what comes out. */
export const lungModelSchema = z
  .strictObject({
    format: z.literal("groundglass-lung-model/1"),
    /** The ONNX file, relative to the description. */
    file: z.string().min(1),
    /** Of the ONNX file. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits were expected"),
    input: inputSchema,
    output: outputSchema,
    /** Which labels are lung. A single map is label 1. */
    labels: labelsSchema,
    /** Pieces of lung smaller than this are left out. */
    smallestMl: z.number().nonnegative().default(1),
    /** Where the model comes from and under which terms, for people. */
    about: z.string().optional(),
  })
  .refine(({ input }) => input.lowHu < input.highHu, {
    path: ["input", "highHu"],
    message: "must be above lowHu",
  })
  .refine(({ input }) => input.layout !== "NHW" || input.channels === 1, {
    path: ["input", "channels"],
    message: "the layout NHW has one",
  });

export type LungModel = z.infer<typeof lungModelSchema>;

/** The labels of each side, or of both together. */
export type LungLabels = LungModel["labels"];
