import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@backstay/local-platform/testing';
import { processesIn } from '../supervisor/machine.mjs';
import { exited, isRunning, line, textOf, workbench } from './testing/index.ts';
import {
  hasControlGroups,
  interruptCommand,
  outputContains,
  probeCommand,
  readRecord,
  runCommand,
  StaleToken,
  stepFolder,
  waitUntil,
} from './index.ts';
import { attemptFolder } from './step-folder.ts';

let bench: ReturnType<typeof workbench>;
beforeEach(() => {
  bench = workbench();
});
afterEach(() => bench.remove());

describe('a command', () => {
  it('that exits with 0 leaves its output, size and hash', async () => {
    const outcome = exited(await runCommand(bench.request('echo "deployed größer"')));
    expect(outcome).toMatchObject({ exitCode: 0, output: { tail: 'deployed größer\n', truncated: false, notes: [] } });
    const stored = readFileSync(outcome.output.path);
    expect(outcome.output.bytes).toBe(stored.length);
    expect(outcome.output.sha256).toBe(createHash('sha256').update(stored).digest('hex'));
  });

  it('that fails reports its exit code', async () => {
    expect(exited(await runCommand(bench.request('echo no >&2; exit 7')))).toMatchObject({
      exitCode: 7,
      output: { tail: 'no\n' },
    });
  });

  it('that dies of a signal reports which', async () => {
    expect(exited(await runCommand(bench.request('kill -SEGV $$')))).toMatchObject({
      exitCode: 139,
      signal: 'SIGSEGV',
    });
  });

  it('is given to no shell unless one was asked for', async () => {
    const commands = [line('', 'printf', '%s|', 'a b', '$HOME; rm *', '-x')];
    const outcome = exited(await runCommand(bench.request('', { commands, shell: false })));
    expect(outcome.output.tail).toBe('a b|$HOME; rm *|-x|');
  });

  it('that does not exist was not started', async () => {
    const commands = [line('', '/no-such-program')];
    expect(await runCommand(bench.request('', { commands, shell: false }))).toEqual({
      status: 'not-started',
      why: 'ENOENT: /no-such-program',
    });
  });

  it('whose directory does not exist was not started', async () => {
    const cwd = bench.path('missing');
    expect(await runCommand(bench.request('true', { cwd }))).toEqual({
      status: 'not-started',
      why: `no such directory: ${cwd}`,
    });
  });

  it('sees what it was given and nothing else', async () => {
    process.env.BACKSTAY_LEAK = 'of the orchestrator';
    const outcome = exited(await runCommand(bench.request('env', { env: { DATABASE_URL: 'postgres://db' } })));
    delete process.env.BACKSTAY_LEAK;
    const names = outcome.output.tail
      .trim()
      .split('\n')
      .map((entry) => entry.split('=')[0]);
    const allowed = [
      'BACKSTAY_RUN',
      'DATABASE_URL',
      'HOME',
      'LANG',
      'PATH',
      'TMPDIR',
      'TZ',
      'PWD',
      'OLDPWD',
      'SHLVL',
      '_',
    ];
    expect(names.filter((name) => !allowed.includes(name ?? ''))).toEqual([]);
    expect(outcome.output.tail).toContain('DATABASE_URL=postgres://db');
  });

  it('writes no masked value to disk, not even one that arrives in two pieces', async () => {
    const script = 'printf "one s3cr3t-"; sleep 0.2; printf "value! two s3cr3t-valu"; echo; env | grep TOKEN';
    const secret = { env: { TOKEN: 's3cr3t-value!' }, mask: ['s3cr3t-value!'] };
    const outcome = exited(await runCommand(bench.request(script, secret)));
    expect(textOf(outcome.output.path)).toBe('one *** two s3cr3t-valu\nTOKEN=***\n');
    const files = readdirSync(bench.directory, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const file of files) expect(textOf(join(file.parentPath, file.name))).not.toContain('s3cr3t-value!');
  });

  it('masks a secret in every form, and its parts, but for what is public', async () => {
    const secret = 'https://orders-api:"hunter"\\22222@db/?release=2.4.0-rc.1';
    const script = [
      'printf %s "$URL" | base64 -w 9',
      `"${process.execPath}" -e 'console.log(JSON.stringify({ log: JSON.stringify({ url: process.env.URL }) }))'`,
      'printf %s "$URL" | od -An -tx1',
      "echo 'orders-api 2.4.0-rc.1'",
    ].join('; ');
    const masked = { env: { URL: secret }, mask: [secret], open: ['orders-api', '2.4.0-rc.1'] };
    const outcome = exited(await runCommand(bench.request(script, masked)));
    const [, json, , ...rest] = textOf(outcome.output.path).split('***');
    expect(json).toMatch(/^\S{0,3}\n\{"log":"\{\\"url\\":\\"$/);
    expect(rest.join('')).toBe('\norders-api 2.4.0-rc.1\n');
  });

  it('keeps no output that holds a secret which is too short to be masked', async () => {
    const script = 'echo begin; echo "pin $PIN"; echo 100 lines; sleep 0.1; echo end';
    const outcome = exited(await runCommand(bench.request(script, { env: { PIN: '47"11' }, withhold: ['47"11'] })));
    const only = /^\[backstay\] the output is withheld: it holds a secret that is too short to be masked[^\n]*\n$/;
    expect(textOf(outcome.output.path)).toMatch(only);
    expect(outcome.output.tail).toMatch(only);
    expect(await outputContains(outcome.output, 'withheld')).toBe(false);
    const other = exited(await runCommand(bench.request('echo 4711', { withhold: ['47"11'], attempt: 2 })));
    expect(textOf(other.output.path)).toBe('4711\n');
  });

  it('passes on its output as it comes', async () => {
    let seen = '';
    const running = runCommand(
      bench.request(`echo first; while [ ! -e go ]; do sleep 0.05; done; echo second`, {
        onOutput: (text) => (seen += text),
      }),
    );
    await eventually(() => seen.includes('first'), 'the first line');
    expect(seen).not.toContain('second');
    writeFileSync(bench.path('go'), '');
    await running;
    expect(seen).toBe('first\nsecond\n');
  });

  it('may write 50 MB; the first part and the tail are kept', async () => {
    const script = 'head -c 50000000 /dev/zero | tr "\\0" x; echo; echo the end';
    const outcome = exited(await runCommand(bench.request(script, { outputLimitBytes: 1_000_000 })));
    expect(outcome.output).toMatchObject({ bytes: 1_000_000, totalBytes: 50_000_009, truncated: true });
    expect(readFileSync(outcome.output.path).length).toBe(1_000_000);
    expect(outcome.output.tail).toHaveLength(16 * 1024);
    expect(await outputContains(outcome.output, 'the end')).toBe(true);
  });
});

describe('several commands', () => {
  it('run line by line and stop at the first that fails', async () => {
    const commands = ['echo one', 'false', 'echo three'].map((text) => line(text));
    const outcome = exited(await runCommand(bench.request('', { commands })));
    expect(outcome.exitCode).toBe(1);
    expect(outcome.output.tail).toBe('$ echo one\none\n$ false\n');
  });

  it('do not find their own echo in their output', async () => {
    const commands = ['test -n "all good"', 'echo done'].map((text) => line(text));
    const { output } = exited(await runCommand(bench.request('', { commands })));
    expect(await outputContains(output, 'all good')).toBe(false);
    expect(await outputContains(output, 'done')).toBe(true);
  });

  it('end with 127 when a later one does not exist', async () => {
    const commands = [line('true', 'true'), line('missing', '/no-such-program')];
    const outcome = exited(await runCommand(bench.request('', { commands, shell: false })));
    expect(outcome).toMatchObject({
      exitCode: 127,
      output: { tail: '$ true\n$ missing\n[backstay] not started: ENOENT: /no-such-program\n' },
    });
  });
});

describe('a command that does not end', () => {
  it('is ended at its deadline, with the children it forked', async () => {
    const script = 'sleep 600 & echo $! > child; (setsid sleep 601 & echo $! > daemon) ; wait';
    const outcome = await runCommand(bench.request(script, { timeoutMs: 700 }));
    expect(outcome).toMatchObject({ status: 'timed-out' });
    for (const name of ['child', 'daemon']) expect(isRunning(Number(textOf(bench.path(name))))).toBe(false);
  });

  /** What leaves its process group, its session and its environment, and says under which id it runs. */
  const escaping = `env -i setsid /bin/sh -c 'echo $$ > escaped; exec /bin/sleep 602' & while [ ! -s escaped ]; do sleep 0.05; done; wait`;
  const groups = hasControlGroups() ? ['version 2'] : [];

  it.each(groups)('is ended with a child that left its group, session and environment (%s)', async () => {
    const outcome = await runCommand(bench.request(escaping, { timeoutMs: 1_500 }));
    expect(outcome).toMatchObject({ status: 'timed-out' });
    const escaped = Number(textOf(bench.path('escaped')));
    expect(escaped).toBeGreaterThan(0);
    expect(isRunning(escaped)).toBe(false);
  });

  it.each(groups)('is ended with such a child also when its supervisor is lost (%s)', async () => {
    const request = bench.request(escaping);
    const running = runCommand(request);
    await eventually(() => textOf(bench.path('escaped')), 'the child');
    const seen = probeCommand(request);
    if (seen.status !== 'running') throw new Error(`it is ${seen.status}`);
    process.kill(seen.pid, 'SIGKILL');
    expect(await running).toMatchObject({ status: 'unknown', running: true });
    await interruptCommand({ ...request, token: request.token + 1 });
    expect(isRunning(Number(textOf(bench.path('escaped'))))).toBe(false);
    expect(probeCommand(request)).toMatchObject({ status: 'unknown', running: false });
  });

  it.each(groups)('leaves no control group behind, and what starts a session of its own goes on (%s)', async () => {
    const outcome = await runCommand(
      bench.request(
        `setsid /bin/sh -c 'echo $$ > daemon; cat /proc/self/cgroup > group; exec sleep 603' & while [ ! -s group ]; do sleep 0.05; done`,
      ),
    );
    expect(outcome).toMatchObject({ status: 'exited', exitCode: 0 });
    const daemon = Number(textOf(bench.path('daemon')));
    try {
      expect(isRunning(daemon)).toBe(true);
      const group = /^0::(.*)$/m.exec(textOf(bench.path('group')))?.[1] ?? '';
      expect(group).toMatch(/\/backstay-[-0-9a-f]{36}$/);
      await eventually(() => !readFileSync(`/proc/${daemon}/cgroup`, 'utf8').includes(group), 'the group is left');
    } finally {
      process.kill(daemon, 'SIGKILL');
    }
  });

  const whyNot = groups.length > 0 ? '' : ' (skipped: this user has no control groups of version 2)';

  it.skipIf(groups.length === 0)(
    `leaves its control group where its supervisor is killed: the next command removes it once it is empty${whyNot}`,
    async () => {
      const request = bench.request('echo up > up; exec sleep 604');
      const running = runCommand(request);
      await eventually(() => textOf(bench.path('up')), 'the command');
      const attempt = attemptFolder(stepFolder(request), 1);
      const group = readRecord<{ controlGroup: string }>(join(attempt, 'claim.json'))!.controlGroup;
      const seen = probeCommand(request);
      if (seen.status !== 'running') throw new Error(`it is ${seen.status}`);
      process.kill(seen.pid, 'SIGKILL');
      expect(await running).toMatchObject({ status: 'unknown', running: true });
      const next = (key: string) => runCommand(bench.request('true', { key: `orders-1/${key}` }));
      exited(await next('deploy.2'));
      const left = processesIn(group);
      expect(left).toHaveLength(1);
      for (const pid of left) process.kill(pid, 'SIGKILL');
      await eventually(() => processesIn(group).length === 0, 'the group is empty');
      expect(existsSync(group)).toBe(true);
      exited(await next('deploy.3'));
      expect(existsSync(group)).toBe(false);
    },
  );

  it('is killed when it ignores the request to end', async () => {
    const script = 'trap "echo ignored" TERM; echo $$ > pid; while :; do sleep 0.1; done';
    const outcome = await runCommand(bench.request(script, { timeoutMs: 500 }));
    expect(outcome).toMatchObject({ status: 'timed-out', output: { tail: expect.stringContaining('ignored') } });
    expect(isRunning(Number(textOf(bench.path('pid'))))).toBe(false);
  });

  it('is interrupted by a signal', async () => {
    const abort = new AbortController();
    const running = runCommand(bench.request('echo $$ > pid; sleep 600', { signal: abort.signal }));
    const pid = Number(await eventually(() => textOf(bench.path('pid')).trim(), 'the command'));
    abort.abort();
    expect(await running).toMatchObject({ status: 'interrupted' });
    expect(isRunning(pid)).toBe(false);
  });

  it('is not begun when it was interrupted before', async () => {
    const outcome = await runCommand(bench.request('echo ran > ledger', { signal: AbortSignal.abort() }));
    expect(outcome.status).toBe('not-started');
    expect(probeCommand(bench.request(''))).toEqual({ status: 'none' });
  });
});

it('a command that ends leaves nothing behind in its process group', async () => {
  const outcome = exited(await runCommand(bench.request('sleep 600 & echo $! > child; exit 0')));
  expect(outcome).toMatchObject({
    exitCode: 0,
    output: { tail: '[backstay] ended the processes that the command left behind\n' },
  });
  expect(isRunning(Number(textOf(bench.path('child'))))).toBe(false);
});

describe('the claim', () => {
  it('is won once, whoever asks at the same time: everybody gets the same end', async () => {
    const ask = () => runCommand(bench.request('echo ran >> ledger; sleep 0.3'));
    const outcomes = await Promise.all([ask(), ask(), ask(), ask()]);
    expect(textOf(bench.path('ledger'))).toBe('ran\n');
    expect(outcomes.map((outcome) => exited(outcome).exitCode)).toEqual([0, 0, 0, 0]);
  });

  it('lasts: the same attempt is read from disk, another one runs again', async () => {
    const request = bench.request('echo ran >> ledger; exit 3');
    const first = await runCommand(request);
    expect(await runCommand(request)).toEqual(first);
    expect(textOf(bench.path('ledger'))).toBe('ran\n');
    await runCommand({ ...request, attempt: 2 });
    expect(textOf(bench.path('ledger'))).toBe('ran\nran\n');
  });

  it('is refused to a lower token', async () => {
    await runCommand(bench.request('true', { token: 7 }));
    await expect(runCommand(bench.request('echo ran > ledger', { attempt: 2, token: 6 }))).rejects.toThrow(StaleToken);
    expect(textOf(bench.path('ledger'))).toBe('');
  });

  it('is not given to a second attempt while the first still runs', async () => {
    const first = runCommand(bench.request('echo up > up; while [ ! -e go ]; do sleep 0.05; done'));
    await eventually(() => textOf(bench.path('up')), 'the first attempt');
    const second = await runCommand(bench.request('echo ran > ledger', { attempt: 2 }));
    expect(second).toEqual({ status: 'not-started', why: 'attempt-1 of this step still runs' });
    writeFileSync(bench.path('go'), '');
    expect(exited(await first).exitCode).toBe(0);
    expect(textOf(bench.path('ledger'))).toBe('');
  });
});

describe('waiting until a command succeeds', () => {
  it('is met when it exits with 0', async () => {
    const { attempt: _, timeoutMs: __, ...look } = bench.request('echo x >> tries; test $(wc -l < tries) -ge 3');
    expect(await waitUntil({ ...look, withinMs: 20_000, everyMs: 20 })).toMatchObject({ status: 'met', tries: 3 });
  });

  it('is not met when the time is over', async () => {
    const { attempt: _, timeoutMs: __, ...look } = bench.request('false');
    // The pause is longer than what is left: whether a try that begins late ends in time is not what is tested.
    expect(await waitUntil({ ...look, withinMs: 20_000, everyMs: 30_000 })).toMatchObject({
      status: 'not-met',
      tries: 1,
      last: { exitCode: 1 },
    });
  });
});
