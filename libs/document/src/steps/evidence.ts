import { z } from 'zod';
import { boundLogs } from '../context/bindings.ts';
import { evidenceSchema } from '../plan/values.ts';
import { writeEvidence } from '../printing/write-values.ts';
import { anywhere, callsOfEvidence, describeEvidence, readEvidence } from '../values/evidence.ts';
import { inProcedure, stepKind } from './kind.ts';
import { lacking, type Phrase } from './phrase.ts';

const schema = z.object({ kind: z.literal('evidence'), evidence: evidenceSchema });

export type EvidenceAction = z.infer<typeof schema>;

function boundEvidence(key: 'tests' | 'scans', example: string): Phrase<EvidenceAction>['mean'] {
  return (step, sources) => {
    const found = sources.bindings?.evidence[key];
    if (!found) return lacking(step, sources, { key: 'evidence', name: key, value: example });
    return { action: { kind: 'evidence', evidence: found }, origin: 'bindings' };
  };
}

/** Proof that is read and judged; nothing is run. */
export const evidence = stepKind<EvidenceAction, 'tests' | 'scans' | 'logs'>({
  schema,
  fields: { evidence: 'effect-handler' },
  label: {
    name: 'Evidence',
    read({ span }, _head, reading) {
      const found = readEvidence(span, reading);
      return found && { kind: 'evidence', evidence: found };
    },
  },
  phrases: {
    tests: {
      text: 'Verify all integration tests passed',
      pattern: /^verify (?:all )?integration tests (?:have )?passed$/,
      in: ['procedure'],
      mean: boundEvidence('tests', 'junit reports/junit.xml'),
    },
    scans: {
      text: 'Verify security scans passed',
      pattern: /^verify (?:all )?security scans (?:have )?passed$/,
      in: ['procedure'],
      mean: boundEvidence('scans', 'sarif reports/scan.sarif'),
    },
    logs: {
      text: 'Check error logs',
      pattern: /^check error logs?$/,
      in: ['procedure', 'rollback'],
      mean(step, sources) {
        const logs = boundLogs(sources.bindings);
        return logs
          ? { action: { kind: 'evidence', evidence: logs }, origin: 'bindings' }
          : lacking(step, sources, { key: 'logs', value: '{ files: [logs/*.log], critical: [level=critical] }' });
      },
    },
  },
  isPerformedIn: inProcedure,
  mutates: false,
  serving: () => 'untouched',
  evidence: (action) => action.evidence,
  calls: (action) => callsOfEvidence(action.evidence),
  procedure: (action) => ({ kind: 'evidence', evidence: anywhere(action.evidence) }),
  print: (action) => [`- Evidence: ${writeEvidence(action.evidence)}`],
  describe: (action) => `read ${describeEvidence(action.evidence)}`,
});
