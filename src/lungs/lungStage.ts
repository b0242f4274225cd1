import type { BitMask } from "./bitMask.ts";
import type { Sides } from "./rightAndLeft.ts";

/**
 * The stages of an isolation, in the order of each method.
 * chen2021: above (R6's threshold), cleaned, chest (what a flood from outside does not reach), range (R7's), lungs.
 * default: body, air (inside it), airways, aerated (air that is lung), sides, lungs.
 * learned: model (what the network says), lungs.
 */
export type LungStageName =
  | "above"
  | "cleaned"
  | "chest"
  | "range"
  | "body"
  | "air"
  | "airways"
  | "aerated"
  | "sides"
  | "model"
  | "lungs";

/** Called at the end of each stage of an isolation, with what it made; to look at, not to change. */
export type OnLungStage = (name: LungStageName, made: BitMask | Sides) => void;
