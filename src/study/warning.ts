/** What a reader must weigh but can live with. Never holds a name, a birth date or an ID. */
export interface Warning {
  /** Upper snake case, listed in docs/errors.md. */
  readonly code: string;
  /** A sentence: what was found, what it means for the result. */
  readonly message: string;
}
