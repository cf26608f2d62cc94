export { verificationService } from './verification.module.ts';
