import { join } from 'node:path';
import type { CommitInfo, Known } from '@backstay/deployment';
import { parseBindings, type Bindings } from '@backstay/document';
import {
  checkout,
  readFileAt,
  RefNotFound,
  RepositoryNotSupported,
  RepositoryUnreachable,
  resolveCommit,
} from '@backstay/effects';
import type { Platform } from '@backstay/service-kit';
import { Problems } from './problems.ts';

export const bindingsFile = '.backstay.yaml';

export interface Revision {
  readonly commit: CommitInfo;
  readonly bindings: Bindings | undefined;
}

/** Resolves branch or tag to the exact commit, reads the bindings there, and checks it out into the workspace's `source/`. */
export async function revisionOf(
  platform: Platform,
  known: Known,
  repository: string,
  ref: string,
  lineOfRef: number,
): Promise<Revision> {
  const at = { repository, cacheDir: join(platform.settings.BACKSTAY_DATA_DIR, 'repositories') };
  const resolved = await located(() => resolveCommit({ ...at, ref }), lineOfRef);
  const { commit, authors, time } = resolved;
  if (known.request.commit !== undefined && !commit.startsWith(known.request.commit)) {
    const message = `the request names commit ${known.request.commit}, but ${ref} is ${commit}; build and deploy the same commit`;
    throw new Problems([{ line: lineOfRef, column: 1, severity: 'error', code: 'commit-mismatch', message }]);
  }
  const text = await readFileAt({ ...at, commit, path: bindingsFile });
  const bindings = text === null ? undefined : bindingsOf(text);
  const workspace = known.request.workspace ?? known.id;
  await checkout({ ...at, commit, into: join(platform.settings.BACKSTAY_DATA_DIR, 'workspaces', workspace, 'source') });
  return { commit: { sha: commit, authors, time }, bindings };
}

function bindingsOf(text: string): Bindings {
  const parsed = parseBindings(text, bindingsFile);
  if (!parsed.ok) throw new Problems(parsed.problems);
  return parsed.bindings;
}

/** What is wrong with the repository is a problem of the document's line, not a fault of this service. */
async function located<T>(resolve: () => Promise<T>, line: number): Promise<T> {
  try {
    return await resolve();
  } catch (error) {
    const code = codeOf(error);
    if (code === null) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new Problems([{ line, column: 1, severity: 'error', code, message }]);
  }
}

function codeOf(error: unknown): string | null {
  if (error instanceof RefNotFound) return 'ref-not-found';
  if (error instanceof RepositoryUnreachable) return 'repository-unreachable';
  return error instanceof RepositoryNotSupported ? 'repository-not-supported' : null;
}
