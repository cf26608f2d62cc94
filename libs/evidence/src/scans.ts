import { z } from 'zod';
import { parsedJson } from './parsed-json.ts';
import { counted, noData, unreadable, type Finding } from './evidence-result.ts';
import { inSequence, textOf, type Report } from './reports.ts';
import { add, countSarif, type FindingCounts } from './sarif.ts';

const count = z.number().int().nonnegative();
const listed = z.record(z.string(), z.object({ severity: z.string() })).optional();

/** Of npm since version 7 and before it, of pnpm too. Where list and summary differ, the worse of them counts. */
const npmSchema = z
  .object({
    metadata: z.object({
      vulnerabilities: z.object({ info: count.optional(), low: count, moderate: count, high: count, critical: count }),
    }),
    vulnerabilities: listed,
    advisories: listed,
  })
  .transform(({ metadata: { vulnerabilities: by }, vulnerabilities = {}, advisories = {} }): FindingCounts => {
    const list = bySeverity(Object.values({ ...vulnerabilities, ...advisories }).map(({ severity }) => severity));
    return {
      severe: Math.max(by.high + by.critical, list.severe),
      findings: Math.max((by.info ?? 0) + by.low + by.moderate + by.high + by.critical, list.findings),
      suppressed: 0,
    };
  });

const severity = z.object({ Severity: z.string() });
const trivySchema = z
  .object({
    SchemaVersion: z.number(),
    Results: z
      .array(
        z.object({
          Vulnerabilities: z.array(severity).nullish(),
          Misconfigurations: z.array(severity.extend({ Status: z.string().optional() })).nullish(),
          Secrets: z.array(severity).nullish(),
          ExperimentalModifiedFindings: z.array(z.unknown()).nullish(),
        }),
      )
      .nullish(),
  })
  .transform(({ Results }): FindingCounts => {
    const failed = (Results ?? []).flatMap(({ Misconfigurations }) =>
      (Misconfigurations ?? []).filter(({ Status }) => Status !== 'PASS'),
    );
    const others = (Results ?? []).flatMap(({ Vulnerabilities, Secrets }) => [
      ...(Vulnerabilities ?? []),
      ...(Secrets ?? []),
    ]);
    const accepted = (Results ?? []).flatMap(({ ExperimentalModifiedFindings }) => ExperimentalModifiedFindings ?? []);
    return { ...bySeverity([...failed, ...others].map(({ Severity }) => Severity)), suppressed: accepted.length };
  });

const grypeSchema = z
  .object({
    matches: z.array(z.object({ vulnerability: z.object({ severity: z.string() }) })),
    ignoredMatches: z.array(z.unknown()).nullish(),
    descriptor: z.object({}),
  })
  .transform(({ matches, ignoredMatches }): FindingCounts => ({
    ...bySeverity(matches.map(({ vulnerability }) => vulnerability.severity)),
    suppressed: ignoredMatches?.length ?? 0,
  }));

const scannerSchema = z.union([npmSchema, trivySchema, grypeSchema]);

const bySeverity = (severities: string[]): FindingCounts => ({
  severe: severities.filter((each) => /^(high|critical)$/i.test(each)).length,
  findings: severities.length,
  suppressed: 0,
});

/** Judges SARIF logs and the reports of npm audit, Trivy and Grype together: none high or critical. */
export async function judgeScans(reports: Report[]): Promise<Finding> {
  const counts = (await inSequence(reports, countFindings)).reduce(add);
  const { severe, findings, suppressed } = counts;
  return {
    verdict: severe === 0 ? 'pass' : 'fail',
    attested: reports.every(({ attested }) => attested),
    summary: `${severe} high or critical of ${counted(findings, 'finding')}${suppressed > 0 ? `, ${suppressed} suppressed` : ''}`,
    facts: { ...counts },
    files: reports.map(({ file }) => file),
  };
}

function countFindings(report: Report): FindingCounts {
  const { path } = report.file;
  const json = parsedJson(textOf(report).replace(/^\uFEFF/, ''));
  if (typeof json !== 'object' || json === null) throw unreadable(`${path} is not whole JSON`);
  if ('error' in json && json.error) throw unreadable(`${path} says that the scan failed`);
  if ('runs' in json) return countSarif(json, path);
  const counts = scannerSchema.safeParse(json);
  if (counts.success && 'SchemaVersion' in json) mustNameTargets(json, path);
  if (counts.success) return counts.data;
  throw unreadable(`${path} is neither SARIF 2.1 nor a report of npm audit, Trivy or Grype`);
}

/** What Trivy looked at and found clean it names where it is asked to; without a name, nobody knows whether it looked at anything. */
function mustNameTargets(report: object, path: string): void {
  const { Results } = report as { Results?: unknown[] | null };
  if (!Results?.length) throw noData(`${path} names nothing that Trivy looked at; let it run with --list-all-pkgs`);
}
