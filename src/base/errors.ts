/** The user must act: bad input, a wrong setting, a full disk. Exit code 2, HTTP 422. Never holds a name, a birth date or an ID. */
export class InputError extends Error {
  readonly code: string;

  /** code: upper snake case, listed in docs/errors.md. message: what was found, what was expected, where, what to do. */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "InputError";
    this.code = code;
  }
}

/** Nobody must act, try again later. Exit code 3, HTTP 503; the only error that a job retries. */
export class UnavailableError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UnavailableError";
    this.code = code;
  }
}

/** The exit code of a command that ended with this error: 2 the user must act, 3 try again later, 70 our bug. */
export function exitCodeOf(error: unknown): 2 | 3 | 70 {
  if (error instanceof InputError) return 2;
  return error instanceof UnavailableError ? 3 : 70;
}
