import { connectionOf } from '../database/connection.ts';
import { toolsFor } from '../database/tools.ts';

/** The version of the programs that can dump this server. @throws {DatabaseToolMissing | DatabaseUnreachable} */
export async function backupTools(url: string, signal?: AbortSignal): Promise<string> {
  return (await toolsFor(connectionOf(url), signal)).version;
}
