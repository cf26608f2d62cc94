/** Why a call gave no response. Messages name host and port, never a path, query or credential of the URL. */
export abstract class HttpProblem extends Error {
  abstract readonly code: 'not-allowed' | 'timed-out' | 'unreachable' | 'too-large' | 'interrupted';
  /** The same as a sentence that do not name the host. */
  abstract readonly reason: string;
}

/** The allow-list does not contain the host, or the host resolves to an address that it does not contain. */
export class NotAllowed extends HttpProblem {
  override readonly name = 'NotAllowed';
  readonly code = 'not-allowed';

  constructor(
    readonly host: string,
    readonly reason = 'the host is not in the allow-list of this environment',
    message = `${host}: ${reason}`,
  ) {
    super(message);
  }
}

export class TimedOut extends HttpProblem {
  override readonly name = 'TimedOut';
  readonly code = 'timed-out';
  readonly reason: string;

  constructor(
    readonly host: string,
    readonly deadlineMs: number,
  ) {
    super(`${host}: no response within ${deadlineMs} ms`);
    this.reason = `no response within ${deadlineMs} ms`;
  }
}

/** The name does not resolve, or the connection is refused or breaks; `reason` is the system's code as text. */
export class Unreachable extends HttpProblem {
  override readonly name = 'Unreachable';
  readonly code = 'unreachable';

  constructor(
    readonly host: string,
    readonly reason: string,
  ) {
    super(`${host}: ${reason}`);
  }
}

export class TooLarge extends HttpProblem {
  override readonly name = 'TooLarge';
  readonly code = 'too-large';
  readonly reason: string;

  constructor(
    readonly host: string,
    readonly maxBytes: number,
  ) {
    super(`${host}: the response is larger than ${maxBytes} bytes`);
    this.reason = `the response is larger than ${maxBytes} bytes`;
  }
}

/** The caller's signal ended the call. */
export class Interrupted extends HttpProblem {
  override readonly name = 'Interrupted';
  readonly code = 'interrupted';
  readonly reason = 'interrupted';

  constructor(readonly host: string) {
    super(`${host}: interrupted`);
  }
}
