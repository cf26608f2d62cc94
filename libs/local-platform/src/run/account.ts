import { readFile } from 'node:fs/promises';

export interface Account {
  uid: number;
  gid: number;
}

/** Who runs a server that refuses to run as root: the account `postgres` if there is one, else `nobody`. Undefined: not root. */
export async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const entry = lines.find((fields) => fields[0] === name);
    if (entry) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new Error(
    'PostgreSQL does not run as root, and neither the user postgres nor the user nobody exists: create one of them',
  );
}
