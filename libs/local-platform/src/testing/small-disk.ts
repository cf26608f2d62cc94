import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** A file system of its own, so small that a test can fill it. */
export interface SmallDisk {
  readonly path: string;
  resize(kib: number): void;
  remove(): void;
}

const mount = (...args: string[]): boolean => spawnSync('mount', args, { stdio: 'ignore' }).status === 0;

/** At this path; null where this user or this container may not mount anything. */
export function smallDisk(path: string, kib: number): SmallDisk | null {
  mkdirSync(path, { recursive: true });
  if (!mount('-t', 'tmpfs', '-o', `size=${kib}k,mode=700`, 'backstay-test', path)) return null;
  return {
    path,
    resize: (size) => {
      if (!mount('-o', `remount,size=${size}k`, path)) throw new Error(`${path} cannot be resized`);
    },
    remove: () => void spawnSync('umount', ['-l', path], { stdio: 'ignore' }),
  };
}
