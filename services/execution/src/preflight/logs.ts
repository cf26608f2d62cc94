import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Finding } from '@backstay/deployment';
import { evidenceReadBy, isBelow, logFoldersOf, type Evidence, type Step } from '@backstay/document';
import { askAgain } from '@backstay/service-kit';
import { blocking, fine, knownEnvironment, logsOf, reportSources, warning, withNames } from '@backstay/steps';
import { logPositions, readEvidence } from '@backstay/evidence';
import type { Preflight } from './preflight.ts';

type LogEvidence = Extract<Evidence, { reader: 'log' }>;
type Wanted = { readonly evidence: LogEvidence; readonly line: number | undefined };

const lookBackMs = 60_000;

/** Commands that print logs, and Loki: whether they respond. What they say now is of no interest, and most log files come with the release. */
export async function logFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { context } = preflight;
  const since = new Date(Date.parse(context.now()) - lookBackMs).toISOString();
  const sources = { ...reportSources(preflight), since };
  const found = await Promise.all(
    places(preflight).map(async ({ evidence, line }) => {
      const details = { subject: evidence.command?.text ?? `Loki ${evidence.loki?.query ?? ''}`, line };
      const { verdict, summary } = await askAgain(
        () => readEvidence(evidence, sources),
        (read) => read.verdict === 'error',
        { signal: preflight.detach },
      );
      if (verdict !== 'error') return fine('logs', { ...details, message: 'can be read' });
      return (line === undefined ? warning : blocking)('logs', { ...details, message: summary });
    }),
  );
  return [...found, ...(await fileFindings(preflight))];
}

/** Files that do not come with the release; they may still be made, and are reported. */
async function fileFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { deployment } = preflight;
  const { lookup } = knownEnvironment(preflight);
  const files = logsOf(deployment.plan)
    .flatMap((evidence) => evidence.files)
    .map(withNames(lookup));
  const apart = [...new Set(files)].filter((file) => isAbsolute(file));
  return Promise.all(
    apart.map(async (subject) => {
      if (!isBelow(subject, logFoldersOf(deployment.plan)))
        return blocking('logs', {
          subject,
          line: lineOf(preflight, subject),
          message:
            'lies outside of the folders whose logs may be read; add its folder to `logs` in the environment profile',
        });
      const found = Object.keys(await logPositions([subject], []));
      if (found.length === 0) return warning('logs', { subject, message: 'no such log file is there' });
      const refused = await Promise.all(
        found.map((path) =>
          access(path, constants.R_OK).then(
            () => false,
            () => true,
          ),
        ),
      );
      return refused.includes(true)
        ? warning('logs', { subject, message: 'may not be read' })
        : fine('logs', {
            subject,
            message: `${found.length} log ${found.length === 1 ? 'file is' : 'files are'} there`,
          });
    }),
  );
}

/** Of the step that reads the file; undefined where only the watch or a criterion does. */
function lineOf(preflight: Preflight, file: string): number | undefined {
  const named = withNames(knownEnvironment(preflight).lookup);
  const reads = ({ action }: Step) => {
    const evidence = evidenceReadBy(action);
    return evidence?.reader === 'log' && evidence.files.map(named).includes(file);
  };
  return preflight.deployment.plan.steps.find(reads)?.source.line;
}

/** Each place once; without a line, nothing but a criterion rests on it. */
function places({ deployment }: Preflight): readonly Wanted[] {
  const { steps, monitoring, acceptanceCriteria } = deployment.plan;
  const named = steps.flatMap(({ action, source, onFailure }): Wanted[] => {
    const evidence = evidenceReadBy(action);
    return evidence?.reader === 'log' ? apart(evidence, onFailure === 'continue' ? undefined : source.line) : [];
  });
  const watched = monitoring.logs?.reader === 'log' ? apart(monitoring.logs, undefined) : [];
  const criteria = acceptanceCriteria.flatMap(({ rule }) =>
    rule.kind === 'evidence' && rule.evidence.reader === 'log' ? apart(rule.evidence, undefined) : [],
  );
  const all = [...named, ...watched, ...criteria];
  return all.filter(
    ({ evidence }, index) => all.findIndex((other) => isDeepStrictEqual(other.evidence, evidence)) === index,
  );
}

function apart({ command, loki }: LogEvidence, line: number | undefined): Wanted[] {
  const nothing = { reader: 'log' as const, files: [], patterns: [], allow: [] };
  return [
    ...(command ? [{ evidence: { ...nothing, command }, line }] : []),
    ...(loki ? [{ evidence: { ...nothing, loki }, line }] : []),
  ];
}
