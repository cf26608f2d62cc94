import { isAbsolute } from 'node:path';
import { hasSecret, secretInUrl } from '@backstay/document';
import { RepositoryUnreachable } from './errors.ts';

const scpForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?!\/\/)[^\s]+$/;
const urlForm = /^(https|ssh|file):\/\/[^\s-][^\s]*$/;

/** The address without a password or token, for people and records. */
export const shown = (repository: string): string => repository.replace(/\/\/[^/\s]*@/, '//');

/** Returns the address when git may be given it: https, ssh, file or an absolute path. Throws RepositoryUnreachable. */
export function checkedAddress(repository: string): string {
  if (hasSecret(repository))
    throw new RepositoryUnreachable(shown(repository), `${secretInUrl}; use the machine’s own git credentials`);
  if (isAbsolute(repository) || urlForm.test(repository) || scpForm.test(repository)) return repository;
  throw new RepositoryUnreachable(
    shown(repository),
    'an address is https://…, ssh://…, user@host:path, file://… or an absolute path',
  );
}

const fullCommit = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
export const isCommit = (ref: string): boolean => fullCommit.test(ref);
