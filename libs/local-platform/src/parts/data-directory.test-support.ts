import { rm } from 'node:fs/promises';
import type { Part, ProvisionOptions } from '../part.ts';
import { scratchDir } from '../run/directories.ts';
import { testOptions } from '../testing/servers.ts';

/** A data directory with all that runs in it, for one test. */
export interface DataDirectory {
  options: ProvisionOptions;
  lines: string[];
  /** The part, stopped at the end of the test. */
  keep<P extends Part | undefined>(part: P): P;
}

/** Runs a test in a data directory of its own, and leaves nothing of it. */
export async function inDataDirectory(test: (directory: DataDirectory) => Promise<void>): Promise<void> {
  const dataDir = await scratchDir('spec');
  const lines: string[] = [];
  const kept: Part[] = [];
  const keep = <P extends Part | undefined>(part: P) => {
    if (part) kept.push(part);
    return part;
  };
  try {
    await test({ options: { ...testOptions(dataDir), say: (line) => lines.push(line) }, lines, keep });
  } finally {
    await Promise.all(kept.map((part) => part.stop()));
    await rm(dataDir, { recursive: true, force: true });
  }
}
