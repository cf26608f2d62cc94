import { join } from 'node:path';
import type { CommitInfo, Known } from '@backstay/deployment';
import type { Bindings, Problem } from '@backstay/document';
import { readRevision, repositoryProblem } from '@backstay/git';
import { askAgain, type Platform } from '@backstay/service-kit';
import { checkOutInto, workspacePath } from '@backstay/steps';
import { Problems } from './problems.ts';

export interface Revision {
  readonly commit: CommitInfo;
  readonly bindings: Bindings | undefined;
  readonly warnings: readonly Problem[];
}

/** Resolves branch or tag to the exact commit, reads the bindings there, and checks it out into the workspace's `source/`. */
export async function revisionOf(
  platform: Platform,
  known: Known,
  repository: string,
  ref: string,
  line: number,
): Promise<Revision> {
  const at = { repository, cacheDir: join(platform.settings.BACKSTAY_DATA_DIR, 'repositories') };
  const wanted = { ...at, ref, commit: known.request.commit, line };
  const read = await askAgain(
    () => readRevision(wanted),
    (found) => !found.ok && found.problems.some(({ code }) => code === 'repository-unreachable'),
  );
  if (!read.ok) throw new Problems(read.problems);
  const { commit, authors, time } = read.resolved;
  const workspace = known.request.workspace ?? known.id;
  const home = workspacePath(platform.settings.BACKSTAY_DATA_DIR, workspace);
  await checkOutInto(home, { ...at, commit }).catch((error: unknown) => {
    const problem = repositoryProblem(error, line);
    throw problem === null ? error : new Problems([problem]);
  });
  return { commit: { sha: commit, authors, time }, bindings: read.bindings, warnings: read.warnings };
}
