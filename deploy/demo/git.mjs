import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);
const AUTHOR = { name: 'Backstay demo', email: 'demo@localhost' };
const OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Git without anything that the user configured: the same repository comes out on every machine.
 * @param {string} directory
 * @param {string[]} args
 * @param {{date?: string, environment?: Record<string, string>}} [options] `date` of commits and tags, RFC 3339
 * @returns {Promise<string>} the trimmed standard output
 */
export async function git(directory, args, { date, environment } = {}) {
  const { stdout } = await run('git', ['-c', 'core.autocrlf=false', '-c', `core.excludesFile=${devNull}`, ...args], {
    cwd: directory,
    env: { ...withoutGit(process.env), ...isolated, ...(date && dated(date)), ...environment },
    maxBuffer: OUTPUT_BYTES,
  });
  return stdout.trim();
}

const isolated = {
  GIT_CONFIG_GLOBAL: devNull,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: AUTHOR.name,
  GIT_AUTHOR_EMAIL: AUTHOR.email,
  GIT_COMMITTER_NAME: AUTHOR.name,
  GIT_COMMITTER_EMAIL: AUTHOR.email,
};

const dated = (date) => ({ GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date });

// Inside a hook or a rebase, GIT_DIR and its kin would point at another repository.
const withoutGit = (environment) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('GIT_')));
