export { executionService } from './execution.module.ts';
