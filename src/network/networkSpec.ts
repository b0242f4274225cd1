import { z } from "zod";

/** The networks that can be trained, by torchvision's names. */
export const networkNames = ["resnet18", "resnet50"] as const;

export type NetworkName = (typeof networkNames)[number];

/** All that decides a network's layers and their shapes. Travels with the weights. */
export interface NetworkSpec {
  readonly name: NetworkName;
  /** Outputs of the last, fully connected layer. */
  readonly classes: number;
  /** Whether each class is there or not by itself, so that an image may show several; absent: it shows one of them. */
  readonly labels?: "several" | undefined;
}

export const networkSpecSchema: z.ZodType<NetworkSpec> = z.object({
  name: z.enum(networkNames),
  classes: z.number().int().min(2),
  labels: z.literal("several").optional(),
});
