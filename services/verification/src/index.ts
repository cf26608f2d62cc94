export { verificationService } from './verification.service.ts';
