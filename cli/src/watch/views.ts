import type { AuditEntry } from '@backstay/api-contract';
import type { Context } from '../context.ts';
import { clock } from '../output/format.ts';
import { frame, header } from './frame.ts';
import { Screen } from './screen.ts';
import { hasEnded, type Snapshot } from './snapshot.ts';

/** How a deployment is shown while it goes on. */
export interface View {
  show(snapshot: Snapshot): void;
  close(): void;
}

/** The view that suits where the output goes. `now` returns milliseconds since 1970. */
export function viewFor(context: Context, now: () => number = Date.now): View {
  if (context.json) return jsonView(context);
  return context.live ? liveView(context, now) : plainView(context, now);
}

function liveView({ world, colors }: Context, now: () => number): View {
  let snapshot: Snapshot | undefined;
  let screen: Screen | undefined;
  const hint = colors.dim('^C leaves; the deployment goes on');
  const lines = () =>
    snapshot ? [...frame(colors, snapshot, now()), ...(hasEnded(snapshot.summary) ? [] : [hint])] : [];
  return {
    show(next) {
      snapshot = next;
      screen ??= new Screen(world.stdout, lines);
    },
    close: () => screen?.close(),
  };
}

/** Plain lines that are only ever appended: one for each event, then the outcome. */
function plainView(context: Context, now: () => number): View {
  const fresh = newEntries();
  let last: Snapshot | undefined;
  return {
    show(snapshot) {
      const known = (of: Snapshot | undefined) => Boolean(of?.summary.service);
      // Once to show that there is something, once more when it is known what.
      if (!last || known(last) !== known(snapshot)) context.say(header(context.colors, snapshot, now())[0]);
      last = snapshot;
      for (const { time, summary } of fresh(snapshot)) context.say(`${clock(time)}  ${summary}`);
    },
    close() {
      if (!last || !hasEnded(last.summary)) return;
      for (const line of frame(context.colors, last, now()).slice(1)) context.say(line);
    },
  };
}

/** NDJSON: each event as `{entry}` when it arrives, at the end the summary as `{deployment}`. */
function jsonView(context: Context): View {
  const fresh = newEntries();
  let last: Snapshot | undefined;
  return {
    show(snapshot) {
      last = snapshot;
      for (const entry of fresh(snapshot)) context.emit({ entry });
    },
    close() {
      if (last) context.emit({ deployment: last.summary, ...(last.why && { why: last.why }) });
    },
  };
}

function newEntries(): (snapshot: Snapshot) => AuditEntry[] {
  const seen = new Set<string>();
  return ({ entries }) =>
    entries.filter(({ eventId }) => {
      const isNew = !seen.has(eventId);
      seen.add(eventId);
      return isNew;
    });
}
