import { type Evidence, hasNoValue } from '@backstay/document';

export type EvidenceVerdict = 'pass' | 'fail' | 'no-data' | 'error';

/** `path` is as the document or request wrote it, or relative to the source tree; `sha256` in lower-case hex. */
export type EvidenceFile = { path: string; bytes: number; sha256: string };

export type EvidenceResult = {
  reader: Evidence['reader'];
  verdict: EvidenceVerdict;
  /** Tied to the deployed commit: by the request's own entry, by the commit itself, or because it was observed live. */
  attested: boolean;
  /** One sentence for people; on `no-data` and `error` it names what is missing. */
  summary: string;
  facts: Record<string, number>;
  files: EvidenceFile[];
  /** At most five log lines that matched, redacted. */
  excerpts?: string[];
};

export type Finding = Omit<EvidenceResult, 'reader'>;

/** Evidence that cannot be judged, with the verdict that follows from it. */
export class Unusable extends Error {
  override readonly name = 'Unusable';

  constructor(
    readonly verdict: 'no-data' | 'error',
    message: string,
  ) {
    super(message);
  }
}

export const noData = (message: string) => new Unusable('no-data', message);
export const unreadable = (message: string) => new Unusable('error', message);

/** What an error on the way to a verdict says of it, without anything that may be secret. */
export function problemOf(error: unknown): ['no-data' | 'error', string] {
  if (error instanceof Unusable) return [error.verdict, error.message];
  if (hasNoValue(error)) return ['error', error.message];
  return ['error', `the evidence cannot be read: ${systemReason(error)}`];
}

/** Messages of the system are not used, as they name paths of this machine. */
export function systemReason(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? `failed (${code})` : 'failed';
}

/** What a call returns; one without a response carries its own message. */
export const called = <Response>(call: () => Promise<Response>): Promise<Response> =>
  call().catch((error: Error) => {
    throw unreadable(error.message);
  });
