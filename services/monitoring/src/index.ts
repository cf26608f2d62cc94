export { monitoringService } from './monitoring.service.ts';
