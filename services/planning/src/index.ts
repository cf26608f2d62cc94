export { planningService } from './planning.service.ts';
