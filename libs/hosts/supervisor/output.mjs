// Output of a command on its way to disk: secrets masked, capped, hashed.
import { createHash } from 'node:crypto';
import { fsync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const fsyncLater = promisify(fsync);
const tailBytes = 16 * 1024;

/** Length of the longest end of `buffer` that may be the beginning of a secret. */
function undecided(buffer, secrets) {
  const longest = Math.max(0, ...secrets.map((secret) => secret.length - 1));
  for (let size = Math.min(longest, buffer.length); size > 0; size -= 1) {
    const end = buffer.subarray(-size);
    if (secrets.some((secret) => secret.length > size && secret.subarray(0, size).equals(end))) return size;
  }
  return 0;
}

/** Replaces every secret by `***`, also one that is split over two chunks. */
export function mask(values, forward) {
  const secrets = values.filter((value) => value !== '').map((value) => Buffer.from(value));
  secrets.sort((one, other) => other.length - one.length);
  let held = Buffer.alloc(0);
  const next = (buffer) => {
    const hits = secrets
      .map((secret) => ({ at: buffer.indexOf(secret), size: secret.length }))
      .filter(({ at }) => at >= 0);
    return hits.sort((one, other) => one.at - other.at || other.size - one.size)[0];
  };
  const pass = (chunk, last) => {
    let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (let hit = next(rest); hit !== undefined; hit = next(rest)) {
      forward(rest.subarray(0, hit.at));
      forward(Buffer.from('***'));
      rest = rest.subarray(hit.at + hit.size);
    }
    const keep = last ? 0 : undecided(rest, secrets);
    forward(rest.subarray(0, rest.length - keep));
    held = Buffer.from(rest.subarray(rest.length - keep));
  };
  return { write: (chunk) => pass(chunk, false), end: () => pass(Buffer.alloc(0), true) };
}

/** Keeps the first `limit` bytes in a new file, or what the disk has room for, and the last 16 KiB in memory; counts everything. */
export function capture(path, limit) {
  const file = openSync(path, 'w', 0o600);
  const hash = createHash('sha256');
  const notes = [];
  let stored = 0;
  let total = 0;
  let lost = false;
  let tail = Buffer.alloc(0);

  const store = (chunk) => {
    let rest = chunk.subarray(0, limit - stored);
    try {
      while (rest.length > 0) {
        const size = writeSync(file, rest);
        hash.update(rest.subarray(0, size));
        stored += size;
        rest = rest.subarray(size);
      }
    } catch {
      lost = true; // A full disk ends the recording, not the command.
    }
  };
  const write = (chunk) => {
    total += chunk.length;
    tail = Buffer.concat([tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes);
    if (!lost && chunk.length > 0 && stored < limit) store(chunk);
  };
  return {
    write,
    /** A line by the supervisor itself; remembered, so that it is never taken for the command's words. */
    note(line) {
      notes.push([stored, Math.min(Buffer.byteLength(line), limit - stored)]);
      write(Buffer.from(line));
    },
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
