import { existsSync, readFileSync } from 'node:fs';

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));

/** What this tree is: its version, and the commit that the build recorded (null where nothing was built). */
export function readRelease() {
  const built = existsSync(new URL('../build.json', import.meta.url)) ? read('build.json') : {};
  return { version: read('package.json').version, commit: built.commit ?? null };
}
