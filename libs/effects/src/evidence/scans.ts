import { z } from 'zod';
import { parsedJson } from '../checks/json-path.ts';
import { counted, unreadable, type Finding } from './evidence-result.ts';
import { textOf, type Report } from './reports.ts';
import { add, countSarif, type FindingCounts } from './sarif.ts';

const count = z.number().int().nonnegative();
const npmSchema = z
  .object({
    metadata: z.object({
      vulnerabilities: z.object({ info: count.optional(), low: count, moderate: count, high: count, critical: count }),
    }),
  })
  .transform(({ metadata: { vulnerabilities: by } }): FindingCounts => ({
    severe: by.high + by.critical,
    findings: (by.info ?? 0) + by.low + by.moderate + by.high + by.critical,
    suppressed: 0,
  }));

const severity = z.object({ Severity: z.string().optional() });
const trivySchema = z
  .object({
    SchemaVersion: z.number(),
    Results: z
      .array(
        z.object({
          Vulnerabilities: z.array(severity).nullish(),
          Misconfigurations: z.array(severity.extend({ Status: z.string().optional() })).nullish(),
          Secrets: z.array(severity).nullish(),
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
    return bySeverity([...failed, ...others].map(({ Severity }) => Severity));
  });

const grypeSchema = z
  .object({
    matches: z.array(z.object({ vulnerability: z.object({ severity: z.string().optional() }) })),
    ignoredMatches: z.array(z.unknown()).nullish(),
  })
  .transform(({ matches, ignoredMatches }): FindingCounts => ({
    ...bySeverity(matches.map(({ vulnerability }) => vulnerability.severity)),
    suppressed: ignoredMatches?.length ?? 0,
  }));

const scannerSchema = z.union([npmSchema, trivySchema, grypeSchema]);

const bySeverity = (severities: (string | undefined)[]): FindingCounts => ({
  severe: severities.filter((each) => /^(high|critical)$/i.test(each ?? '')).length,
  findings: severities.length,
  suppressed: 0,
});

/** Judges SARIF logs and the reports of npm audit, Trivy and Grype together: none high or critical. */
export function judgeScans(reports: Report[]): Finding {
  const counts = reports.map(countFindings).reduce(add);
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
  if ('runs' in json) return countSarif(json, path);
  const counts = scannerSchema.safeParse(json);
  if (counts.success) return counts.data;
  throw unreadable(`${path} is neither SARIF 2.1 nor a report of npm audit, Trivy or Grype`);
}
