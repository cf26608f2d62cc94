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

/** A data directory until `leave`, which stops what runs in it and leaves nothing of it. */
export async function openDataDirectory(): Promise<DataDirectory & { leave(): Promise<void> }> {
  const dataDir = await scratchDir('spec');
  const lines: string[] = [];
  const kept: Part[] = [];
  return {
    options: { ...testOptions(dataDir), say: (line) => lines.push(line) },
    lines,
    keep: (part) => {
      if (part) kept.push(part);
      return part;
    },
    leave: async () => {
      await Promise.all(kept.map((part) => part.stop()));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Runs a test in a data directory of its own. */
export async function inDataDirectory(test: (directory: DataDirectory) => Promise<void>): Promise<void> {
  const { leave, ...directory } = await openDataDirectory();
  try {
    await test(directory);
  } finally {
    await leave();
  }
}
