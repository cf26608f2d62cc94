export { planningService } from './planning.module.ts';
