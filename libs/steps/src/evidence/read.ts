import type { Evidence, Step } from '@backstay/document';
import { readEvidence, type EvidenceResult, type EvidenceSources } from '@backstay/evidence';
import { touchedPaths } from '@backstay/git';
import { guardedIo } from '@backstay/guarded-io';
import type { StepContext } from '../context.ts';
import type { StepDeployment } from '../deployment.ts';
import { knownEnvironment } from '../environment.ts';
import { prepareSource, repositoriesPath, sourcePath } from '../layout.ts';
import { logPlace } from '../logs.ts';
import type { ActiveState } from '../task.ts';

/** Whose proof it is, and for which step or line. */
export interface Reading {
  readonly context: StepContext;
  readonly deployment: StepDeployment;
  readonly state: ActiveState;
  readonly step: Pick<Step, 'id'>;
}

export async function readProof(reading: Reading, evidence: Evidence): Promise<EvidenceResult> {
  await prepareSource(reading);
  const sources = await sourcesOf(reading);
  if (evidence.reader !== 'log') return readEvidence(evidence, sources);
  const { context, deployment } = reading;
  const { lookup } = knownEnvironment(reading);
  const { evidence: placed, ...place } = await logPlace(context.dataDir, deployment, { evidence, lookup });
  return readEvidence(placed, { ...sources, ...place });
}

async function sourcesOf(reading: Reading): Promise<EvidenceSources> {
  const { context, deployment, state } = reading;
  const environment = knownEnvironment(reading);
  return {
    ...reportSources(reading),
    since: 'plannedAt' in state ? state.plannedAt : undefined,
    redact: environment.redact,
    environment,
    recorded: await context.records(deployment.plan, context.now()),
  };
}

type Reports = Pick<Reading, 'context' | 'deployment'>;

/** What reports and commits are read from. */
export function reportSources({ context, deployment }: Reports): EvidenceSources {
  const { plan, commit } = deployment;
  const { redact, ...environment } = knownEnvironment({ context, deployment });
  const { fetch, readXml } = guardedIo(plan);
  return {
    source: sourcePath(context.dataDir, deployment),
    commit: commit ?? undefined,
    supplied: deployment.request.evidence ?? [],
    fetch,
    readXml,
    touchedPaths: pathsTouched({ context, deployment }),
    environment,
    redact,
  };
}

function pathsTouched({ context, deployment }: Reports): EvidenceSources['touchedPaths'] {
  const { plan, commit } = deployment;
  const { repository } = plan;
  if (repository === undefined || commit === null) return undefined;
  return () => touchedPaths({ repository, commit, cacheDir: repositoriesPath(context.dataDir) });
}
