export { checkSupplied, type SuppliedCheck } from './check-supplied.ts';
export type { EvidenceFile, EvidenceResult, EvidenceVerdict } from './evidence-result.ts';
export { logPositions, type LogPositions } from './log-positions.ts';
export { readEvidence } from './read-evidence.ts';
export { isNamedBy } from './reports.ts';
export type { EvidenceSources, RecordedEvidence, SuppliedEvidence } from './sources.ts';
