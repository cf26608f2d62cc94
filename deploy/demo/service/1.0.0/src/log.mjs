import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const LEVELS = ['debug', 'info', 'warn', 'error', 'critical'];

/** JSON lines, to the standard output and to `notes-api.log` in the directory. */
export function createLog({ level, directory, release }) {
  const lowest = Math.max(LEVELS.indexOf(level), 0);
  mkdirSync(directory, { recursive: true });
  const file = createWriteStream(join(directory, 'notes-api.log'), { flags: 'a' });

  const write = (severity, message, fields) => {
    const entry = { time: new Date().toISOString(), level: severity, version: release.version, message, ...fields };
    const line = `${JSON.stringify(entry)}\n`;
    process.stdout.write(line);
    file.write(line);
  };
  const methods = LEVELS.map((name, rank) => [
    name,
    (message, fields) => {
      if (rank >= lowest) write(name, message, fields);
    },
  ]);
  return { ...Object.fromEntries(methods), close: () => file.end() };
}
