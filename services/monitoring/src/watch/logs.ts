import type { LogsRead } from '@backstay/deployment';
import { logPlace, sourcePath, type DeploymentIo } from '@backstay/steps';
import { readEvidence } from '@backstay/evidence';

/**
 * Judges what was written to the logs from the deployment's beginning to the end of the watch: what the new release said while it
 * started counts too. Null where the document names none.
 */
export async function readLogs(
  { deployment, dataDir, io, environment }: DeploymentIo,
  from: string,
  until: string,
): Promise<LogsRead['data'] | null> {
  const { logs } = deployment.plan.monitoring;
  if (logs === null) return null;
  const { lookup } = environment;
  const placed =
    logs.reader === 'log' ? await logPlace(dataDir, deployment, { evidence: logs, lookup }) : { evidence: logs };
  const { evidence, ...place } = placed;
  const { verdict, summary, facts, excerpts } = await readEvidence(evidence, {
    source: sourcePath(dataDir, deployment),
    ...place,
    since: from,
    until,
    redact: environment.redact,
    fetch: io.fetch,
    readXml: io.readXml,
    environment,
  });
  return {
    evidence: logs,
    verdict,
    summary,
    facts: { ...facts, ...(excerpts === undefined ? {} : { excerpts }) },
    from,
    until,
  };
}
