export type { Backup, BackupRequest } from './backup.ts';
export { backup } from './backup.ts';
export { BackupFailed, DatabaseToolMissing, DatabaseUnreachable, RestoreFailed } from './errors.ts';
export { guardedServer, type GuardedServer } from './guarded-server.ts';
export { databaseSize } from './size.ts';
export type { Restored, RestoreRequest } from './restore.ts';
export { dataLossWindow, restore } from './restore.ts';
