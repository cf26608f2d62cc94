import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

/** Passes on what has been added to the output since the last look. */
export function follow(attempt: string, onOutput: ((text: string) => void) | undefined): { drain(): void } {
  if (onOutput === undefined) return { drain: () => undefined };
  const decoder = new StringDecoder('utf8');
  const buffer = Buffer.alloc(64 * 1024);
  let offset = 0;
  return {
    drain() {
      const file = openIfThere(join(attempt, 'output.log'));
      if (file === null) return;
      try {
        for (let size = read(file); size > 0; size = read(file)) onOutput(decoder.write(buffer.subarray(0, size)));
      } finally {
        closeSync(file);
      }
    },
  };

  function read(file: number): number {
    const size = readSync(file, buffer, 0, buffer.length, offset);
    offset += size;
    return size;
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch {
    return null;
  }
}
