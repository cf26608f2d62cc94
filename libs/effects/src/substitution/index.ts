export { builtIns, environmentOf, MissingValues, missingNames, providedFor } from './environment-of.ts';
export type { DeploymentFacts, ResolvedEnvironment } from './environment-of.ts';
export { namesIn, substitute, UnknownNames, type Lookup, type SubstitutionMode } from './substitute.ts';
