import type { EventOf, InputOf, ResponseOf } from './route.ts';
import type { Routes } from './routes.ts';

/** The bodies of requests, as a caller writes them. */
export type DeployBody = InputOf<Routes['requestDeployment']>['body'];
export type EvidenceEntry = NonNullable<DeployBody['evidence']>[number];
export type DryRunBody = InputOf<Routes['dryRun']>['body'];
export type ResolveBody = InputOf<Routes['resolveStep']>['body'];
export type AdoptBody = InputOf<Routes['adopt']>['body'];

/** The parts of responses that readers name. */
export type Deployment = ResponseOf<Routes['getDeployment']>;
export type DeploymentStatus = Deployment['status'];
export type Held = NonNullable<Deployment['held']>;
export type Restore = NonNullable<Deployment['restores']>[number];
export type NotRestored = NonNullable<Deployment['notRestored']>[number];
export type Override = NonNullable<Deployment['overrides']>[number];
export type DocumentView = ResponseOf<Routes['getDocument']>;
export type AuditTrail = ResponseOf<Routes['getAuditTrail']>;
export type AuditEntry = AuditTrail['entries'][number];
export type Criterion = ResponseOf<Routes['getAcceptanceCriteria']>['criteria'][number];
export type Why = NonNullable<ResponseOf<Routes['getWhy']>>;
export type ChainLink = Why['chain'][number];
export type MetricSeries = ResponseOf<Routes['getMeasurements']>['metrics'][number];
export type Sample = MetricSeries['samples'][number];
export type StreamEvent = EventOf<Routes['streamEvents']>;
export type Environment = ResponseOf<Routes['getEnvironment']>;
export type DocumentProblem = ResponseOf<Routes['lintDocument']>['problems'][number];
export type DryRun = ResponseOf<Routes['dryRun']>;
export type Prunable = ResponseOf<Routes['listPrunable']>['items'][number];
export type Pruned = ResponseOf<Routes['prune']>['items'][number];
