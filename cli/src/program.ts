import { readFileSync } from 'node:fs';
import { Command as Program, Option } from 'commander';
import type { Command } from './commands/command.ts';
import { createContext, defaultUrl, type GlobalOptions } from './context.ts';
import { exitCodeHelp, type ExitCode } from './exit-codes.ts';
import { countOption, durationOption, evidenceOption, labelOption, listOption, portOption } from './options.ts';
import type { World } from './world.ts';

/** The grammar of the command line. Each command's module is loaded only when it is the one that runs. */
export function createProgram(world: World, done: (code: ExitCode) => void): Program {
  const program = new Program('backstay')
    .description(
      'Deploys as a Markdown document says, watches the release, rolls it back when it degrades, and proves what happened.',
    )
    .version(versionOf(), '-V, --version')
    .option('--url <url>', `URL of the platform (default: BACKSTAY_URL, else ${defaultUrl})`)
    .option('--token <token>', 'access token (default: BACKSTAY_TOKEN)')
    .option('--json', 'print only JSON to standard output: one document, or one per line')
    .option('--no-color', 'disable colours, as NO_COLOR does; without a terminal they are always off')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void world.stdout.write(text),
      writeErr: (text) => void world.stderr.write(text),
    })
    .showHelpAfterError('(--help lists the commands and options)')
    .addHelpText(
      'after',
      `\nAn id may be shortened to its first six or more characters, as long as only one deployment matches.\n\n${exitCodeHelp}`,
    )
    .exitOverride();
  const commands = { add, act };
  addLocal(commands);
  addDeploying(commands);
  addAsking(commands);
  addDeciding(commands);
  return program;

  function add(name: string, description: string): Program {
    return program.command(name).description(description);
  }

  /** What a command does: commander passes the arguments, then the options, then itself. */
  function act<Arguments extends readonly unknown[], Options>(load: () => Promise<Command<Arguments, Options>>) {
    return async (...given: unknown[]) => {
      const context = createContext(world, program.opts<GlobalOptions>());
      const options = given.at(-2) as Options;
      const command = await load();
      done(await command(context, given.slice(0, -2) as unknown as Arguments, options));
    };
  }
}

interface Commands {
  readonly add: (name: string, description: string) => Program;
  readonly act: <Arguments extends readonly unknown[], Options>(
    load: () => Promise<Command<Arguments, Options>>,
  ) => (...given: unknown[]) => Promise<void>;
}

function addLocal({ add, act }: Commands): void {
  add('dev', 'run the whole platform on this machine until ^C')
    .option('--port <port>', 'HTTP port (default: 7300, or a free port when that is taken)', portOption)
    .option('--stop-services', 'at ^C also stop the deployed services; otherwise they keep running')
    .action(act(async () => (await import('./commands/dev.ts')).run));
  add('demo', 'show a good release go live and a bad one roll back')
    .option('--keep', 'keep everything running afterwards, until ^C')
    .option(
      '--without-fault',
      'build 1.2.0 without its fault: it is then not rolled back, which the demo reports as a failure',
    )
    .option('--port <port>', 'HTTP port (default: a free port)', portOption)
    .action(act(async () => (await import('./commands/demo.ts')).run));
  add('prune', 'remove old workspaces, backups, outputs and other data that nothing needs any more')
    .option('--dry-run', 'only list what would be removed')
    .action(act(async () => (await import('./commands/prune.ts')).run));
  add('keys', 'make the keys for NATS, and the accounts for the configuration of nats-server')
    .argument('<folder>', 'where they are kept; existing keys are kept')
    .option('--publisher <name>', 'who may request deployments, under this name; may be repeated', listOption)
    .option('--reader <name>', 'who may receive the events; may be repeated', listOption)
    .option('--env-files', 'write keys of services as environment files, for compose and systemd')
    .action(act(async () => (await import('./commands/keys.ts')).run));
  add('doctor', 'check this machine for everything that the platform needs').action(
    act(async () => (await import('./commands/doctor.ts')).run),
  );
  add('lint', 'report every problem of a document')
    .argument('<file>', 'a deployment document, - for standard input')
    .addOption(
      new Option('--format <format>', 'text for people, github for annotations of GitHub Actions').choices([
        'text',
        'github',
      ]),
    )
    .action(act(async () => (await import('./commands/lint.ts')).run));
  addInit({ add, act });
  add('plan', 'show what a document would do, and what blocks it')
    .argument('<file>', 'a deployment document, - for standard input')
    .option('-e, --environment <name>', 'target environment, where the document allows several')
    .option('--release <version>', 'version to deploy, where the document names none')
    .option(
      '--bindings <file>',
      "bindings file; replaces .backstay.yaml beside the document or, with a platform, the repository's",
    )
    .option('--strict', 'exit with 6 when something blocks it')
    .option('--environments <file>', 'environment profile (default: BACKSTAY_ENVIRONMENTS)')
    .addHelpText(
      'after',
      '\nWith --url or BACKSTAY_URL the platform makes the plan: it also knows what runs now, and reads the bindings' +
        '\nof the repository at the exact commit. A blocker is not a problem of the document: without --strict the exit code is 0.',
    )
    .action(act(async () => (await import('./commands/plan.ts')).run));
}

function addInit({ add, act }: Commands): void {
  add('init', 'write a first deployment document, bindings and environment profile')
    .argument('[folder]', 'folder to write to', '.')
    .option('--name <name>', 'name of the service')
    .option('--release <version>', 'version of the service')
    .option('--repository <url>', 'git repository of the service')
    .option('--ref <name>', 'branch or tag (default: v and the version)')
    .option('-e, --environment <name>', 'target environment', 'production')
    .option('--build <command>', 'command that builds it')
    .option('--start <command>', 'command that serves it')
    .option('--port <port>', 'port on which it serves HTTP', portOption, 8080)
    .option('--root <folder>', 'folder of its releases (default: /srv and the name)')
    .option('--migrate <command>', 'command that migrates its database up')
    .option('--migrate-down <command>', 'command that migrates its database down')
    .option('--database', 'it needs PostgreSQL')
    .option('--cache', 'it needs Redis')
    .option('--force', 'replace existing files')
    .addHelpText(
      'after',
      '\nAt a terminal it asks for what no option gives; name, release, repository and start are required.',
    )
    .action(act(async () => (await import('./commands/init.ts')).run));
}

const requested = (program: Program): Program =>
  program
    .argument('<file>', 'a deployment document, a JSON plan (.json), - for standard input')
    .option('-e, --environment <name>', 'target environment, where the document allows several')
    .option('--release <version>', 'version to deploy, where the document names none')
    .option('--requested-by <name>', 'person who requests it; shown as a claim, because nobody verifies it')
    .option('--reason <text>', 'why it is requested')
    .option('--commit <id>', 'the commit to deploy')
    .option('--workspace <name>', 'name of the workspace')
    .option('--label <name=value>', 'a label; may be repeated', labelOption)
    .option('--override <code=reason>', 'deploy in spite of a preflight finding; may be repeated', labelOption)
    .option(
      '--evidence <fields>',
      'a report: kind=junit|sarif,path=PATH (below the source) or url=URL,sha256=DIGEST,commit=COMMIT (ties it to the commit); may be repeated',
      evidenceOption,
    );

const watched = (program: Program, what: string): Program =>
  program
    .option('-w, --watch', `${what}; the exit code then shows how it ended`)
    .option('--timeout <duration>', 'how long to watch (default: no limit)', durationOption);

const reasoned = (program: Program): Program => program.requiredOption('--reason <text>', 'why; it is recorded');

function addDeploying({ add, act }: Commands): void {
  watched(requested(add('deploy', 'request a deployment')), 'show it until it has ended')
    .option('--key <key>', 'identity of the request: the same key again is the same deployment')
    .action(act(async () => (await import('./commands/deploy.ts')).run));
  requested(add('rehearse', 'deploy, verify, roll back and verify again, to prove that the rollback works'))
    .option('--timeout <duration>', 'how long to watch (default: no limit)', durationOption)
    .option('--key <key>', 'identity of the request: the same key again is the same rehearsal')
    .action(act(async () => (await import('./commands/rehearse.ts')).run));
  watched(requested(add('publish', 'request a deployment by an event over NATS')), 'show it until it has ended')
    .option('--nats <url>', 'the broker (default: BACKSTAY_NATS_URL, else nats://127.0.0.1:4222)')
    .option(
      '--creds <file>',
      "the publisher's key, or a .creds file (default: BACKSTAY_NATS_CREDS, else the key in BACKSTAY_NATS_SEED)",
    )
    .option(
      '--publisher <name>',
      "whose credential it is (default: BACKSTAY_NATS_PUBLISHER, else the name of the key's file)",
    )
    .option('--tls-ca <file>', 'certificate of the authority (default: BACKSTAY_NATS_TLS_CA)')
    .option('--source <text>', "the event's source")
    .option('--id <text>', "the event's id: the same source and id again is the same deployment")
    .option(
      '--wait <duration>',
      'how long to wait for the reply, the id or the problems (default: 10s; 0s: not at all)',
      durationOption,
    )
    .action(act(async () => (await import('./commands/publish.ts')).run));
}

function addAsking({ add, act }: Commands): void {
  add('list', 'list deployments, newest first')
    .option('--service <name>', 'only of this service')
    .option('-e, --environment <name>', 'only in this environment')
    .option('--status <status>', 'only with this status')
    .option('--release <version>', 'only of this version')
    .option('--since <time>', 'only requested at or after this RFC 3339 time')
    .option('--until <time>', 'only requested at or before this RFC 3339 time')
    .option('-n, --limit <count>', 'how many at most', countOption, 50)
    .action(act(async () => (await import('./commands/list.ts')).run));
  add('status', 'show the status of a deployment')
    .argument('<id>')
    .action(act(async () => (await import('./commands/status.ts')).run));
  add('watch', 'show a deployment until it has ended; the exit code shows how')
    .argument('<id>')
    .option('--timeout <duration>', 'how long to watch (default: no limit)', durationOption)
    .action(act(async () => (await import('./commands/watch.ts')).run));
  add('why', 'explain why a deployment is in its status, the cause first')
    .argument('<id>')
    .option('--all', 'show the whole chain of events, newest first')
    .action(act(async () => (await import('./commands/why.ts')).run));
  add('output', 'show what a step wrote')
    .argument('<id>')
    .argument('<step>', 'such as deploy.3')
    .action(act(async () => (await import('./commands/output.ts')).run));
  add('audit', 'list every recorded event of a deployment')
    .argument('<id>')
    .option('--as-of <moment>', 'a stream version, or a time as in RFC 3339')
    .action(act(async () => (await import('./commands/audit.ts')).run));
  add('document', 'show the document with verdict and evidence below each line that has one')
    .argument('<id>')
    .option('--as-of <moment>', 'a stream version, or a time as in RFC 3339')
    .addOption(new Option('--format <format>', 'text for a terminal, or Markdown').choices(['text', 'markdown']))
    .action(act(async () => (await import('./commands/document.ts')).run));
  add('environments', 'show what runs in each environment, which deployment holds it, and where it is unknown').action(
    act(async () => (await import('./commands/environments.ts')).run),
  );
  add('criteria', 'show the verdict on each acceptance criterion, with its evidence')
    .argument('<id>')
    .action(act(async () => (await import('./commands/criteria.ts')).run));
}

function addDeciding({ add, act }: Commands): void {
  watched(
    reasoned(add('rollback', 'roll back a deployment').argument('<id>')),
    'show the rollback until it has ended',
  ).action(act(async () => (await import('./commands/act.ts')).rollback));
  reasoned(add('cancel', 'cancel a deployment').argument('<id>')).action(
    act(async () => (await import('./commands/act.ts')).cancel),
  );
  reasoned(
    add('confirm', 'confirm a criterion or a manual step')
      .argument('<id>')
      .argument('<item>', 'line of a criterion, or id of a step'),
  ).action(act(async () => (await import('./commands/act.ts')).confirm));
  reasoned(
    add('revoke', 'revoke evidence; whatever rests on it is no longer met')
      .argument('<id>')
      .argument('<event>', 'id of an event, or of a step that succeeded'),
  ).action(act(async () => (await import('./commands/act.ts')).revoke));
  reasoned(
    add('resolve', 'record the outcome of a step whose end is unknown')
      .argument('<id>')
      .argument('<step>', 'such as deploy.3'),
  )
    .addOption(
      new Option('--outcome <outcome>', 'how it ended').choices(['completed', 'failed', 'retry']).makeOptionMandatory(),
    )
    .action(act(async () => (await import('./commands/act.ts')).resolve));
  add('adopt', 'check what already runs and record it as verified-good')
    .argument('<service>')
    .argument('<version>')
    .requiredOption('-e, --environment <name>', 'where it runs')
    .option('--reason <text>', 'why; it is recorded')
    .option('--no-wait', 'do not wait for the checks')
    .action(act(async () => (await import('./commands/adopt.ts')).run));
  reasoned(
    add('lift', 'lift the quarantine of a version that was rolled back, so that it can be deployed there again')
      .argument('<service>')
      .argument('<version>')
      .requiredOption('-e, --environment <name>', 'where it was rolled back'),
  ).action(act(async () => (await import('./commands/lift.ts')).run));
}

function versionOf(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
