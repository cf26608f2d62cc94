export { monitoringService } from './monitoring.module.ts';
