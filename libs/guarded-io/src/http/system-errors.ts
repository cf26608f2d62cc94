const texts: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name could not be resolved',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connection timed out',
  ECONNECTTIMEOUT: 'connection timed out',
  EPIPE: 'connection closed',
};

/** The words for a system's error code. Messages are not used: drivers put addresses and credentials into them. */
export function systemReason(error: unknown): string {
  const code = codeOf(error);
  return texts[code] ?? (code ? `failed (${code})` : 'failed');
}

type Coded = { code?: unknown; errors?: unknown[]; cause?: unknown };

/** The code of an error, or of the first one below it that has one. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, errors = [], cause } = error as Coded;
  if (typeof code === 'string') return code;
  return errors.map(codeOf).find(Boolean) ?? codeOf(cause);
}
