import { type Evidence, substitute } from '@backstay/document';
import picomatch from 'picomatch';
import { called, problemOf, unreadable, type EvidenceResult, type Finding } from './evidence-result.ts';
import { judgeJunit } from './junit.ts';
import { judgeLogs } from './logs.ts';
import { readReports } from './reports.ts';
import { judgeScans } from './scans.ts';
import type { EvidenceSources } from './sources.ts';

/** Reads proof and judges it. Never rejects: what cannot be read has the verdict `no-data` or `error`, and the summary says why. */
export async function readEvidence(evidence: Evidence, sources: EvidenceSources): Promise<EvidenceResult> {
  // Whatever names stand for in a glob or an address may be a secret.
  const { redact = (text: string) => text } = sources;
  const { summary, files, ...found } = await judge(evidence, sources).catch(unproven);
  const shownFiles = files.map((file) => ({ ...file, path: redact(file.path) }));
  return { reader: evidence.reader, ...found, summary: redact(summary), files: shownFiles };
}

function unproven(error: unknown): Finding {
  const [verdict, summary] = problemOf(error);
  return { verdict, attested: false, summary, facts: {}, files: [] };
}

async function judge(evidence: Evidence, sources: EvidenceSources): Promise<Finding> {
  const known = (text: string) => (sources.environment ? substitute(text, sources.environment.lookup) : text);
  switch (evidence.reader) {
    case 'junit':
      return judgeJunit(await readReports('junit', known(evidence.glob), sources), sources.readXml);
    case 'sarif':
      return judgeScans(await readReports('sarif', known(evidence.glob), sources));
    case 'commit-touches':
      return judgeTouched(known(evidence.path), sources);
    case 'url':
      return judgeUrl(known(evidence.url), sources);
    case 'log':
      return judgeLogs(evidence, sources);
    case 'deployed-in':
    case 'rollback-rehearsed':
      return judgeRecorded(evidence, sources);
  }
}

const LARGEST_PAGE = 20 * 1024 * 1024;

const judged = (ok: boolean, summary: string, facts: Record<string, number> = {}): Finding => ({
  verdict: ok ? 'pass' : 'fail',
  attested: true,
  summary,
  facts,
  files: [],
});

/** `path` is a file, a folder or a glob. */
async function judgeTouched(path: string, { touchedPaths }: EvidenceSources): Promise<Finding> {
  if (!touchedPaths) throw unreadable('the paths that the commit touches are not known here');
  const wanted = path.replace(/^\.?\//, '').replace(/\/$/, '');
  const isMatch = picomatch([wanted, `${wanted}/**`], { dot: true });
  const touched = (await touchedPaths()).filter((each) => isMatch(each)).length;
  if (touched > 0) return judged(true, `the commit touches ${path}`, { touched });
  const advice =
    'only the deployed commit counts, against its first parent: change it there, or merge with a merge commit';
  return judged(false, `the commit does not touch ${path}; ${advice}`, { touched });
}

async function judgeUrl(url: string, { fetch }: EvidenceSources): Promise<Finding> {
  if (!fetch) throw unreadable('no URL can be called here');
  const { status, latencyMs } = await called(() => fetch(url, { maxBytes: LARGEST_PAGE }));
  return judged(status >= 200 && status <= 299, `responded with ${status}`, { status, latencyMs });
}

async function judgeRecorded(
  evidence: Extract<Evidence, { reader: 'deployed-in' | 'rollback-rehearsed' }>,
  { recorded }: EvidenceSources,
): Promise<Finding> {
  if (!recorded)
    throw unreadable(`${evidence.reader} is judged from recorded deployments, which are not available here`);
  const { met, summary } = await recorded(evidence);
  return judged(met, summary);
}
