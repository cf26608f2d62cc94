import type { Finding } from '@backstay/deployment';

/** A finding as it may be recorded: hosts, paths and answers in it may hold what a name stands for. */
export const maskedBy =
  (redact: (text: string) => string) =>
  (finding: Finding): Finding => ({ ...finding, subject: redact(finding.subject), message: redact(finding.message) });
