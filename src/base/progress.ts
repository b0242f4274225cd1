/** How far a piece of long work is. A door turns it into a bar with the time left. */
export interface ProgressUpdate {
  /** What is being done, a verb form: "drawing", "preparing", "training". */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** A line worth keeping, such as an epoch's losses; printed above the bar. */
  readonly line?: string;
}

export type Progress = (update: ProgressUpdate) => void;

export const noProgress: Progress = () => {};
