export { backup, type Backup, type BackupRequest } from './backup.ts';
export { connectionOf } from './connection.ts';
export { BackupFailed, DatabaseToolMissing, DatabaseUnreachable, RestoreFailed } from './errors.ts';
export { dataLossWindow, restore, type Restored, type RestoreRequest } from './restore.ts';
export { databaseSize } from './size.ts';
export { toolsFor, whyUnwise } from './tools.ts';
