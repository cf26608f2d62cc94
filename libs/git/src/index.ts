export { checkout, type Checkout, holdsCommit } from './checkout.ts';
export { readFileAt, resolveCommit, type ResolvedCommit, touchedPaths } from './commits.ts';
export { RefNotFound, RepositoryNotSupported, RepositoryUnreachable } from './errors.ts';
export type { CommitAt, RepositoryAt } from './mirror.ts';
export { lineNaming, readRevision, type ReadRevision, repositoryProblem, type WantedRevision } from './revision.ts';
