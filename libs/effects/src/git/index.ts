export type { Checkout } from './checkout.ts';
export { checkout } from './checkout.ts';
export type { ResolvedCommit } from './commits.ts';
export { readFileAt, resolveCommit, touchedPaths } from './commits.ts';
export { RefNotFound, RepositoryNotSupported, RepositoryUnreachable } from './errors.ts';
export type { CommitAt, RepositoryAt } from './mirror.ts';
export type { ReadRevision, WantedRevision } from './revision.ts';
export { lineNaming, readRevision, repositoryProblem } from './revision.ts';
