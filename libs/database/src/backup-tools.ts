import { connectionOf } from './connection.ts';
import { toolsFor, whyUnwise } from './tools.ts';

export interface BackupTools {
  readonly version: string;
  /** Why a backup had better not be restored with them; null: it may be. */
  readonly unwise: string | null;
}

/** The programs that can dump this server. @throws {DatabaseToolMissing | DatabaseUnreachable} */
export async function backupTools(url: string, signal?: AbortSignal): Promise<BackupTools> {
  const tools = await toolsFor(connectionOf(url), signal);
  return { version: tools.version, unwise: whyUnwise(tools) };
}
