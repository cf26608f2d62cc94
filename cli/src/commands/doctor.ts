import { dataDirectory } from '../dev/directories.ts';
import {
  controlGroupFinding,
  dataDirectoryFinding,
  natsCredentialsFinding,
  nodeFinding,
  parkedFinding,
  partFinding,
  platformFinding,
  programFinding,
  reserveFinding,
  runAsFinding,
  type Finding,
} from '../doctor/examine.ts';
import { findProgram, postgresFolders } from '../doctor/programs.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/format.ts';
import type { Context } from '../context.ts';
import type { Command } from './command.ts';

/** `backstay doctor`: what the platform needs, whether it is here, and what to do when it is not. Nothing is changed. */
export const run: Command<[]> = async (context) => {
  const findings = await examine(context);
  const missing = findings.filter(({ ok, required }) => required && !ok);
  const ok = missing.length === 0;
  context.emit({ ok, findings });
  table(findings.map((finding) => rowOf(context, finding))).forEach((line) => context.say(line));
  for (const { name, hint } of findings) if (hint) context.say(`${name}: ${hint}`);
  context.say(ok ? 'Everything that is needed is here.' : `Missing: ${missing.map(({ name }) => name).join(', ')}.`);
  if (ok) return exitCodes.done;
  return missing.every(({ name }) => name === 'Platform') ? exitCodes.unreachable : exitCodes.failed;
};

async function examine({ world, api, url, urlNamed }: Context): Promise<Finding[]> {
  const { env, interrupted: signal } = world;
  const [{ inspectParts }, { accountNamed, hasControlGroups, isReserveAdvisory, looseModes, whyNoSwitch }] =
    await Promise.all([import('@backstay/local-platform'), import('@backstay/hosts')]);
  const dataDir = env['BACKSTAY_DATA_DIR'] || dataDirectory(env);
  const runAs = env['BACKSTAY_RUN_AS'] || undefined;
  const account = runAs === undefined ? null : accountNamed(runAs);
  const [loose, isAdvisory, git, pgDump, parts, platform] = await Promise.all([
    looseModes(dataDir),
    isReserveAdvisory(dataDir),
    findProgram('git', env),
    findProgram('pg_dump', env, postgresFolders()),
    inspectParts({ dataDir: dataDirectory(env), env, signal }),
    platformFinding(api, url, urlNamed),
  ]);
  return [
    nodeFinding(process.version),
    controlGroupFinding(hasControlGroups()),
    dataDirectoryFinding(dataDir, loose),
    runAsFinding(runAs, account === null ? undefined : whyNoSwitch(account)),
    reserveFinding(dataDir, isAdvisory, env['BACKSTAY_ROLLBACK_RESERVE']),
    programFinding('git', git, { needed: 'releases are read from repositories', hint: 'install git' }),
    programFinding('pg_dump', pgDump, {
      needed: 'databases are backed up with it',
      hint: 'install the client programs of PostgreSQL, such as postgresql-client',
    }),
    ...parts.map(partFinding),
    natsCredentialsFinding(env),
    platform,
    ...(platform.ok ? [await parkedFinding(api)] : []),
  ];
}

function rowOf({ colors }: Context, { name, ok, required, version, detail }: Finding): string[] {
  const sign = ok ? colors.green('✔') : required ? colors.red('✖') : colors.yellow('-');
  return [`${sign} ${name}`, version ?? '', detail];
}
