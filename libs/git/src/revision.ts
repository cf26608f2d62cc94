import { encodingProblem, NotUtf8, parseBindings, type Bindings, type Problem } from '@backstay/document';
import { readFileAt, resolveCommit, type ResolvedCommit } from './commits.ts';
import { RefNotFound, RepositoryNotSupported, RepositoryUnreachable } from './errors.ts';
import type { RepositoryAt } from './mirror.ts';

const bindingsFile = '.backstay.yaml';

/** The branch, tag or commit that a document names, and what the request says of it. */
export interface WantedRevision extends RepositoryAt {
  readonly ref: string;
  /** The commit that the request names, or its beginning. */
  readonly commit?: string | undefined;
  /** The document's line that names the ref: what is wrong with the repository is a problem of that line. */
  readonly line: number;
}

export type ReadRevision =
  | {
      readonly ok: true;
      readonly resolved: ResolvedCommit;
      readonly bindings: Bindings | undefined;
      readonly warnings: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * The exact commit and the bindings that stand there, or what is wrong with them; nothing is checked out. Faults, as an aborted
 * signal, are thrown.
 */
export async function readRevision(wanted: WantedRevision): Promise<ReadRevision> {
  const { ref, commit: named } = wanted;
  const refused = (code: string, message: string): ReadRevision => ({
    ok: false,
    problems: [problemAt(wanted.line, code, message)],
  });
  try {
    const resolved = await resolveCommit(wanted);
    const { commit } = resolved;
    if (named !== undefined && !commit.startsWith(named)) {
      const message = `the request names commit ${named}, but ${ref} is ${commit}; build and deploy the same commit`;
      return refused('commit-mismatch', message);
    }
    const warnings = movedTag(wanted, resolved);
    const text = await readFileAt({ ...wanted, commit, path: bindingsFile });
    if (text === null) return { ok: true, resolved, bindings: undefined, warnings };
    const parsed = parseBindings(text, bindingsFile);
    return parsed.ok
      ? { ok: true, resolved, bindings: parsed.bindings, warnings }
      : { ok: false, problems: parsed.problems };
  } catch (error) {
    if (error instanceof NotUtf8) return { ok: false, problems: [encodingProblem(error, bindingsFile)] };
    const problem = repositoryProblem(error, wanted.line);
    if (problem === null) throw error;
    return { ok: false, problems: [problem] };
  }
}

function movedTag({ ref, line }: WantedRevision, { commit, movedFrom }: ResolvedCommit): Problem[] {
  if (movedFrom === undefined) return [];
  const message = `the tag ${ref} was moved: it named commit ${movedFrom} when it was first seen, and names ${commit} now`;
  return [{ ...problemAt(line, 'tag-moved', message), severity: 'warning' }];
}

const problemAt = (line: number, code: string, message: string): Problem => ({
  line,
  column: 1,
  severity: 'error',
  code,
  message,
});

/** What is wrong with a repository, as a problem of the line that names it; null where the error says nothing of that. */
export function repositoryProblem(error: unknown, line: number): Problem | null {
  const code = codeOf(error);
  return code === null ? null : problemAt(line, code, (error as Error).message);
}

function codeOf(error: unknown): string | null {
  if (error instanceof RefNotFound) return 'ref-not-found';
  if (error instanceof RepositoryUnreachable) return 'repository-unreachable';
  if (error instanceof RangeError) return 'bindings-too-large';
  return error instanceof RepositoryNotSupported ? 'repository-not-supported' : null;
}

/** The line of a document that names its branch or tag; 1 where none is found. */
export function lineNaming(text: string, ref: string): number {
  const index = text.split('\n').findIndex((line) => /^\s*[-*+]\s*(branch|tag)/i.test(line) && line.includes(ref));
  return index < 0 ? 1 : index + 1;
}
