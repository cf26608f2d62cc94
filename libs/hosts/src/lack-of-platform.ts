/** No memory, no processes and no descriptors: whatever this machine was asked for, it could not. */
const ofMachine = new Set(['ENOMEM', 'EMFILE', 'ENFILE', 'EAGAIN']);
/** No space, or none that can be written; whose space it is says the path. */
const ofDisk = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

/**
 * Whether an error says that the platform could not do something, which says nothing about what it was to do: this machine has no
 * resources, or there is no space in the platform's own directory. A full disk elsewhere is a failure of what was deployed there.
 */
export function isLackOfPlatform(error: unknown, directory: string): boolean {
  const { code, path, dest, cause } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly code?: unknown;
    readonly path?: unknown;
    readonly dest?: unknown;
    readonly cause?: unknown;
  };
  if (typeof code === 'string' && ofMachine.has(code)) return true;
  // What is copied has both, and the space is wanted where it goes.
  const place = typeof dest === 'string' ? dest : path;
  const isOwn = typeof place !== 'string' || place === directory || place.startsWith(`${directory}/`);
  if (typeof code === 'string' && ofDisk.has(code) && isOwn) return true;
  return cause !== undefined && isLackOfPlatform(cause, directory);
}

/** The code of the system that the message of a program names, where there is nothing but the message. */
export function codeNamedIn(text: string): string | undefined {
  const known = [...ofMachine, ...ofDisk];
  const written = text.match(/\bE[A-Z]{3,}\b/g)?.find((code) => known.includes(code));
  if (written !== undefined) return written;
  if (/no space left on device/i.test(text)) return 'ENOSPC';
  if (/disk quota exceeded/i.test(text)) return 'EDQUOT';
  return /cannot allocate memory/i.test(text) ? 'ENOMEM' : undefined;
}
