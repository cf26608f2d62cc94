export { alertOf, measureName } from './measure-name.ts';
export { baselineOf, baselineSchema, isBaselineSteady, type Baseline, type BaselineMetric } from './baseline.ts';
export { comparedText, type Compared } from './compared.ts';
export { decisionSchema, degradedSchema, noDataSchema, type Decision, type Degraded, type NoData } from './decision.ts';
export { judgeWatch, type Alert, type Judgement } from './judgement.ts';
export { latenciesSchema, type Latencies } from './latencies.ts';
export { defaultWindowMs, measuresOf, type Judged } from './measures.ts';
export type { Outcome } from './outcome.ts';
export { rulesOf, type KnownBaseline, type Rule } from './rule.ts';
export {
  measureKey,
  measureSchema,
  readingSchema,
  sameMeasure,
  sampleSchema,
  type Measure,
  type Reading,
  type Sample,
} from './sample.ts';
export {
  metricVerdictSchema,
  ruleVerdictSchema,
  verdictSchema,
  type MetricVerdict,
  type RuleVerdict,
  type Verdict,
} from './verdict.ts';
export { evolveWatch, openWatch, startWatch, type Terms, type Watch } from './watch.ts';
