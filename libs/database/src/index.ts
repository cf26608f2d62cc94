export { backup, type Backup, type BackupRequest } from './backup.ts';
export { backupTools, type BackupTools } from './backup-tools.ts';
export { BackupFailed, DatabaseToolMissing, DatabaseUnreachable, RestoreFailed } from './errors.ts';
export { dataLossWindow, restore, type Restored, type RestoreRequest } from './restore.ts';
export { databaseSize } from './size.ts';
