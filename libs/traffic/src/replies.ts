import { ProxyProblem } from './problem.ts';
import type { ProxyServer } from './server.ts';

type Row = Readonly<Record<string, string>>;

/**
 * The servers of a backend, from what HAProxy responds to `show servers state` (initial weights) and to `show stat` (states and
 * effective weights). @throws {ProxyProblem} where there is no such backend, or a reply is none of these
 */
export function serversIn(states: string, statistics: string, backend: string): readonly ProxyServer[] {
  if (/^(?:Can't find backend|No such proxy)/.test(states)) throw new ProxyProblem(`there is no backend ${backend}`);
  if (!states.startsWith('1\n#')) throw notUnderstood('show servers state', states);
  const known = rows(states.slice(2), ' ').filter((row) => row['be_name'] === backend);
  const statistic = rows(statistics, ',').filter((row) => row['pxname'] === backend);
  if (statistic.length !== known.length) throw notUnderstood('show stat', statistics);
  return known.map((row) => {
    const same = statistic.find((other) => other['svname'] === row['srv_name']);
    if (same === undefined) throw notUnderstood('show stat', statistics);
    return serverOf(row, same);
  });
}

function serverOf(row: Row, statistic: Row): ProxyServer {
  const { srv_name: name = '', srv_uweight, srv_iweight, srv_op_state } = row;
  const { status: state = '', weight, bck } = statistic;
  const numbers = [srv_uweight, srv_iweight, srv_op_state, weight, bck].map(integer);
  const [own, initialWeight, operation, effectiveWeight, isBackup] = numbers as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (name === '' || state === '') throw notUnderstood('show stat', Object.values(statistic).join(','));
  return {
    name,
    weight: own,
    initialWeight,
    effectiveWeight,
    state,
    serving: /^(?:UP\b|no check$)/.test(state),
    warmsUp: operation === 1,
    backup: isBackup > 0,
  };
}

/** The lines of a table whose first one names its columns after a `#`. */
function rows(reply: string, separator: string): readonly Row[] {
  const [head = '', ...lines] = reply.split('\n').filter((line) => line.trim() !== '');
  if (!head.startsWith('# ')) throw notUnderstood('show', reply);
  const names = head.slice(2).trim().split(separator);
  return lines.map((line) => {
    const cells = line.split(separator);
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
  });
}

function integer(text: string | undefined): number {
  if (text !== undefined && /^\d{1,9}$/.test(text)) return Number(text);
  throw notUnderstood('show', text ?? '');
}

export function notUnderstood(command: string, reply: string): ProxyProblem {
  const shown = reply.trim().split('\n')[0]?.slice(0, 120) ?? '';
  return new ProxyProblem(
    `what HAProxy responds to \`${command}\` is not understood: ${shown === '' ? 'nothing' : shown}`,
  );
}
