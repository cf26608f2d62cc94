/**
 * Loaded into a measured process by `node --import`. Counts the statements that its database clients send, below every pool, and
 * replies to its parent over IPC: `statements`, `cpu` (milliseconds), `profile-start`, `profile-stop` (a V8 CPU profile).
 */
import { Session } from 'node:inspector/promises';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

const statements = new Map();
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function counted(statement, ...rest) {
  const text = typeof statement === 'string' ? statement : String(statement?.text ?? '');
  statements.set(text, (statements.get(text) ?? 0) + 1);
  return query.call(this, statement, ...rest);
};

let session;

/** By question; a script that is measured may add its own. */
export const replies = {
  statements: () => [...statements],
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  'profile-start': async () => {
    session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 500 });
    await session.post('Profiler.start');
  },
  'profile-stop': async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return profile;
  },
};

async function reply({ id, question, ...options }) {
  // The script may not have been loaded yet.
  while (replies[question] === undefined) await pause(20);
  try {
    process.send({ id, reply: await replies[question](options) });
  } catch (error) {
    process.send({ id, error: String(error.stack ?? error) });
  }
}

if (process.send !== undefined) {
  process.on('message', (message) => void reply(message));
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
