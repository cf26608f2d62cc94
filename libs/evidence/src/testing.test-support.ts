import { Buffer } from 'node:buffer';
import type { Report } from './reports.ts';

/** A report as it is once it has been read. */
export const reportOf = (path: string, text: string): Report => ({
  file: { path, bytes: Buffer.byteLength(text), sha256: '' },
  content: Buffer.from(text),
  attested: true,
});
