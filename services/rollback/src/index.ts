export { rollbackService } from './rollback.service.ts';
