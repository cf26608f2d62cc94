export { InstrumentedService } from './instrumented-service.ts';
export { metricSourceContract, type MetricSourceContract, type ObservedSource } from './metric-source-contract.ts';
