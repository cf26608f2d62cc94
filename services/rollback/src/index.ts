export { rollbackService } from './rollback.module.ts';
