export { InstrumentedService } from './instrumented-service.ts';
export { metricSourceContract, type ObservedSource } from './metric-source-contract.ts';
