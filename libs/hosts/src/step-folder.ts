import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { CommandName } from './request.ts';

/** Readable, safe as a file name, and different for different keys. */
function folderName(key: string): string {
  const readable = key.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 80);
  return `${readable}-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`;
}

export const stepFolder = ({ directory, key }: CommandName): string => join(directory, 'commands', folderName(key));
export const attemptFolder = (step: string, attempt: number): string => join(step, `attempt-${attempt}`);
export const fenceOf = (step: string): string => join(step, 'tokens');
