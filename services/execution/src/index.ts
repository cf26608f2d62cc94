export { executionService } from './execution.service.ts';
