import { z } from 'zod';
import { noData, unreadable, type Finding } from './evidence-result.ts';
import { add, countSeverities, describeCounts, noFindings, type FindingCounts } from './finding-counts.ts';
import { parsedJson } from './parsed-json.ts';
import { inSequence, textOf, type Report } from './reports.ts';
import { countSarif } from './sarif.ts';
import { mustKnow, names } from './understood.ts';

const count = z.number().int().nonnegative();
const listed = z.record(z.string(), z.looseObject({ severity: z.unknown().optional() })).optional();

/** Of npm since version 7 and before it, of pnpm too. */
const npmSchema = z.looseObject({
  metadata: z.looseObject({
    vulnerabilities: z
      .object({
        info: count.optional(),
        low: count,
        moderate: count,
        high: count,
        critical: count,
        total: count.optional(),
      })
      .catchall(count),
  }),
  vulnerabilities: listed,
  advisories: listed,
});
const npmParts = names('auditReportVersion vulnerabilities advisories metadata actions muted runId');

/** Where list and summary differ, the worse of them counts. */
function countNpm({ metadata, vulnerabilities = {}, advisories = {} }: z.infer<typeof npmSchema>): FindingCounts {
  const { info = 0, low, moderate, high, critical, total = 0, ...others } = metadata.vulnerabilities;
  const named = info + low + moderate + high + critical;
  const kinds = Object.entries(others).filter(([, number]) => number > 0);
  const unknown = Math.max(
    kinds.reduce((sum, [, number]) => sum + number, 0),
    total - named,
  );
  const list = countSeverities(Object.values({ ...vulnerabilities, ...advisories }).map(({ severity }) => severity));
  return {
    severe: Math.max(high + critical, list.severe),
    unknown: Math.max(unknown, list.unknown),
    unknownWords: [...kinds.map(([word]) => `“${word.slice(0, 20)}”`), ...list.unknownWords],
    findings: Math.max(named + Math.max(unknown, 0), list.findings),
    suppressed: 0,
  };
}

const found = z.looseObject({ Severity: z.unknown().optional() });
const trivyResultSchema = z.looseObject({
  Vulnerabilities: z.array(found).nullish(),
  Misconfigurations: z.array(found.extend({ Status: z.string().optional() })).nullish(),
  MisconfSummary: z.looseObject({ Failures: count.optional() }).nullish(),
  Secrets: z.array(found).nullish(),
  Licenses: z.array(found).nullish(),
  ExperimentalModifiedFindings: z
    .array(z.looseObject({ Status: z.string().optional(), Finding: found.nullish() }))
    .nullish(),
});
const trivySchema = z.looseObject({ SchemaVersion: z.literal(2), Results: z.array(trivyResultSchema).nullish() });
const trivyParts = names(
  'SchemaVersion ReportID CreatedAt ArtifactID ArtifactName ArtifactType Metadata Results Trivy',
);
const trivyResultParts = names(
  'Target Class Type Packages Vulnerabilities MisconfSummary Misconfigurations Secrets Licenses ExperimentalModifiedFindings',
);
/** What somebody, or the vendor, has said about a finding so that it is none; any other word leaves it one. */
const takesAway = /^(ignored|not_affected|fixed)$/i;

function countTrivy({ Results }: z.infer<typeof trivySchema>, path: string): FindingCounts {
  if (!Results?.length) throw noData(`${path} names nothing that Trivy looked at; let it run with --list-all-pkgs`);
  return Results.map((result) => countTrivyResult(result, path)).reduce(add, noFindings);
}

function countTrivyResult(result: z.infer<typeof trivyResultSchema>, path: string): FindingCounts {
  mustKnow(result, trivyResultParts, `a result of ${path}`);
  const { Vulnerabilities, Misconfigurations, MisconfSummary, Secrets, Licenses, ExperimentalModifiedFindings } =
    result;
  const failed = (Misconfigurations ?? []).filter(({ Status }) => Status !== 'PASS');
  const promised = MisconfSummary?.Failures ?? 0;
  if (promised > failed.length)
    throw unreadable(`${path} speaks of ${promised} misconfigurations in a result, and lists ${failed.length}`);
  const modified = ExperimentalModifiedFindings ?? [];
  const accepted = modified.filter(({ Status = '' }) => takesAway.test(Status));
  const standing = modified.filter((each) => !accepted.includes(each)).map(({ Finding }) => Finding ?? {});
  const all = [...failed, ...(Vulnerabilities ?? []), ...(Secrets ?? []), ...(Licenses ?? []), ...standing];
  return { ...countSeverities(all.map(({ Severity }) => Severity)), suppressed: accepted.length };
}

const grypeSchema = z.looseObject({
  matches: z.array(z.looseObject({ vulnerability: z.looseObject({ severity: z.unknown().optional() }) })),
  ignoredMatches: z.array(z.unknown()).nullish(),
  descriptor: z.looseObject({}),
});
const grypeParts = names('matches ignoredMatches source distro descriptor');

const countGrype = ({ matches, ignoredMatches }: z.infer<typeof grypeSchema>): FindingCounts => ({
  ...countSeverities(matches.map(({ vulnerability }) => vulnerability.severity)),
  suppressed: ignoredMatches?.length ?? 0,
});

/** Judges SARIF logs and the reports of npm audit, Trivy and Grype together: none high or critical, none of unknown severity. */
export async function judgeScans(reports: Report[]): Promise<Finding> {
  const counts = (await inSequence(reports, countFindings)).reduce(add);
  const { unknownWords: _, unknown, ...facts } = counts;
  return {
    verdict: counts.severe + unknown === 0 ? 'pass' : 'fail',
    attested: reports.every(({ attested }) => attested),
    summary: describeCounts(counts),
    facts: unknown > 0 ? { ...facts, unknown } : facts,
    files: reports.map(({ file }) => file),
  };
}

function countFindings(report: Report): FindingCounts {
  const { path } = report.file;
  const json = parsedJson(textOf(report).replace(/^\uFEFF/, ''), path);
  if (typeof json !== 'object' || json === null) throw unreadable(`${path} is not whole JSON`);
  if ('error' in json && json.error) throw unreadable(`${path} says that the scan failed`);
  if ('runs' in json) return countSarif(json, path);
  const counts = countOwnFormat(json, path);
  if (counts !== undefined) return counts;
  throw unreadable(`${path} is neither SARIF 2.1 nor a report of npm audit, Trivy or Grype`);
}

/** A scanner's own format: its shape, the parts that are known of it, and what counts in it. */
function format<Report>(
  schema: z.ZodType<Report>,
  parts: ReadonlySet<string>,
  count: (report: Report, path: string) => FindingCounts,
) {
  return (json: object, path: string): FindingCounts | undefined => {
    const report = schema.safeParse(json);
    if (!report.success) return undefined;
    mustKnow(json, parts, path);
    return count(report.data, path);
  };
}

const formats = [
  format(npmSchema, npmParts, countNpm),
  format(trivySchema, trivyParts, countTrivy),
  format(grypeSchema, grypeParts, countGrype),
];

/** Undefined: of none of the scanners whose own formats are read. */
function countOwnFormat(json: object, path: string): FindingCounts | undefined {
  for (const read of formats) {
    const counts = read(json, path);
    if (counts !== undefined) return counts;
  }
  return undefined;
}
