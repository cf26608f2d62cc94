import { underlying } from '@backstay/deployment';
import type { Evidence } from '@backstay/document';
import {
  knownEnvironment,
  failed,
  logDirectories,
  notedLogPositions,
  prepareDirectory,
  repositoriesPath,
  sourcePath,
  succeeded,
  withinTime,
  type StepEnd,
  type StepTask,
} from '@backstay/steps';
import { guardedIo } from '@backstay/guarded-io';
import { readEvidence, type EvidenceResult, type EvidenceSources } from '@backstay/evidence';
import { touchedPaths } from '@backstay/git';
import type { ExecutionTask } from '../execution-task.ts';

/** Reads proof and judges it; only a pass is one. */
export function performEvidence(task: ExecutionTask, evidence: Evidence): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    const found = await read(task, evidence);
    signal.throwIfAborted();
    const facts = { result: { evidence: found } };
    return found.verdict === 'pass' ? succeeded(facts) : failed(found.summary, facts);
  });
}

export async function read(task: ExecutionTask, evidence: Evidence): Promise<EvidenceResult> {
  await prepareDirectory(task);
  return readEvidence(evidence, await sourcesOf(task));
}

async function sourcesOf(task: ExecutionTask): Promise<EvidenceSources> {
  const { ground, deployment } = task;
  const { plan } = deployment;
  const whole = underlying(task.state);
  const environment = knownEnvironment(task);
  return {
    ...reportSources(task),
    logDirectories: logDirectories(ground.dataDir, deployment),
    logPositions: await notedLogPositions(ground.dataDir, deployment),
    since: 'plannedAt' in whole ? whole.plannedAt : undefined,
    redact: environment.redact,
    environment,
    recorded: await task.records(plan, ground.now()),
  };
}

/** What reports and commits are read from. */
export function reportSources({ ground, deployment }: Pick<StepTask, 'ground' | 'deployment'>): EvidenceSources {
  const { plan, commit } = deployment;
  const { redact, ...environment } = knownEnvironment({ ground, deployment });
  const io = guardedIo(plan);
  return {
    source: sourcePath(ground.dataDir, deployment),
    commit: commit ?? undefined,
    supplied: deployment.request.evidence ?? [],
    fetch: io.fetch,
    readXml: io.readXml,
    touchedPaths: pathsTouched({ ground, deployment }),
    environment,
    redact,
  };
}

function pathsTouched({
  ground,
  deployment,
}: Pick<StepTask, 'ground' | 'deployment'>): EvidenceSources['touchedPaths'] {
  const { plan, commit } = deployment;
  const { repository } = plan;
  if (repository === undefined || commit === null) return undefined;
  return () => touchedPaths({ repository, commit, cacheDir: repositoriesPath(ground.dataDir) });
}
