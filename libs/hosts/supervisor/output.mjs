// Output of a command on its way to disk: secrets masked, capped, hashed.
import { createHash } from 'node:crypto';
import { fsync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { redactor, shortValueWatch } from '@backstay/document/redaction';

const fsyncLater = promisify(fsync);
const tailBytes = 16 * 1024;

const withheldLine =
  '[backstay] the output is withheld: it holds a secret that is too short to be masked; a secret has 8 bytes or more\n';

/** Masks what one stream of a command writes; output with a secret that is too short for that is withheld as a whole. */
export function masked({ mask, open = [], withhold = [] }, output) {
  const bytes = redactor(mask, open).bytes();
  const holdsShort = shortValueWatch(withhold);
  return {
    write(chunk) {
      if (holdsShort(chunk)) output.withhold();
      output.write(bytes.write(chunk));
    },
    end: () => output.write(bytes.end()),
  };
}

function emptied(file) {
  try {
    ftruncateSync(file, 0);
    return true;
  } catch {
    return false;
  }
}

/** Keeps the first `limit` bytes in a new file, or what the disk has space for, and the last 16 KiB in memory; counts everything. */
export function capture(path, limit) {
  const file = openSync(path, 'w', 0o600);
  let hash = createHash('sha256');
  let notes = [];
  let withheld = false;
  let stored = 0;
  let total = 0;
  let lost = false;
  let tail = Buffer.alloc(0);

  const store = (chunk) => {
    let rest = chunk.subarray(0, limit - stored);
    try {
      while (rest.length > 0) {
        const size = writeSync(file, rest, 0, rest.length, stored);
        hash.update(rest.subarray(0, size));
        stored += size;
        rest = rest.subarray(size);
      }
    } catch {
      lost = true; // A full disk ends the recording, not the command.
    }
  };
  const write = (chunk) => {
    if (withheld) return;
    total += chunk.length;
    tail = Buffer.concat([tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes);
    if (!lost && chunk.length > 0 && stored < limit) store(chunk);
  };
  const note = (line) => {
    if (!withheld) notes.push([stored, Math.min(Buffer.byteLength(line), limit - stored)]);
    write(Buffer.from(line));
  };
  return {
    write,
    /** Forgets what was written, and writes nothing any more. */
    withhold() {
      if (withheld) return;
      lost = !emptied(file);
      [stored, total, notes, tail, hash] = [0, 0, [], Buffer.alloc(0), createHash('sha256')];
      note(withheldLine);
      withheld = true;
    },
    /** A line by the supervisor itself; remembered, so that it is never taken for the command's words. */
    note,
    summary: () => ({
      bytes: stored,
      totalBytes: total,
      sha256: hash.copy().digest('hex'),
      truncated: lost || stored < total,
      tail: tail.toString('base64'),
      notes,
    }),
    /** Resolves to whether what was stored would survive a power cut; when not, the summary has changed. */
    sync: () =>
      stored === 0
        ? true
        : fsyncLater(file).then(
            () => true,
            () => !(lost = true),
          ),
  };
}
