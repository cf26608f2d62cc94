import {
  type DeploymentCommand,
  type Judgement,
  measurementsStream,
  type MetricSummary,
  type Running,
} from '@backstay/deployment';
import { isMeasured, trafficFlows, type Plan } from '@backstay/document';
import { deploymentIo, type DeploymentIo } from '@backstay/steps';
import type { DeploymentContext } from '@backstay/service-kit';
import type { MetricReader } from '@backstay/telemetry';
import { endOf, left, runningOf, unlessEnded } from '../running.ts';
import { CriticalFlows, flowTrigger, type BrokenChecks } from './critical-flows.ts';
import type { WatchPorts } from './guard.ts';
import { readLogs } from './logs.ts';
import { WatchSession } from './session.ts';
import { behindLast } from './set-back.ts';
import { SyntheticLoad, trafficEveryMs } from './synthetic-traffic.ts';
import { brokenWatch, WatchChecks } from './watch-checks.ts';

type Commands = readonly DeploymentCommand[];

/** The watch window of the document, from its beginning or from where an earlier watcher left it. */
export async function watchWindow(ports: WatchPorts, context: DeploymentContext): Promise<Commands> {
  const { plan } = runningOf(context.state).drafted;
  const reader = isMeasured(plan) ? ports.readers.of(context.id, plan) : null;
  const io = deploymentIo(ports.steps, context.state);
  const load = reader === null || trafficFlows(plan).length === 0 ? null : new SyntheticLoad(io, endOf(context));
  try {
    return await watched({ ...ports, reader, io, load }, context);
  } finally {
    await load?.stop();
  }
}

type WindowPorts = WatchPorts & {
  readonly reader: MetricReader | null;
  readonly io: DeploymentIo;
  /** Smoke tests that run while nobody uses the service; null: none may. */
  readonly load: SyntheticLoad | null;
};

async function watched(ports: WindowPorts, context: DeploymentContext): Promise<Commands> {
  const { platform, reader, io, load, ticker, metrics } = ports;
  const run = runningOf(context.state);
  const { everyMs } = run.drafted.plan.monitoring;
  const { from, traffic } = await begun(platform, run, context);
  if (traffic !== null) load?.start(traffic.everyMs);
  const flows = reader === null ? null : flowsOf(run, io, endOf(context));
  const checks = new WatchChecks(io, endOf(context), () => flows === null && load?.isRunning !== true);
  const session = await WatchSession.open({ platform, reader, checks, load, metrics, mode: 'window', context, from });
  const grid = session.ticksFrom(from);
  for await (const time of ticker.ticks({ everyMs, from: grid, signal: endOf(context) })) {
    const judgement = await session.tick(time);
    if (judgement === null) continue;
    const ended = (await endedBy(judgement, session, flows, context)) ?? (await brokenChecks(judgement, run, session));
    if (ended !== null) return finished(ports, context, ended);
    if (judgement.outcome === null && judgement.isIdle) await beginTraffic(load, run.drafted.plan, context);
    if (load?.isRunning !== true) flows?.runWhenDue(Date.parse(time));
    if (judgement.outcome?.outcome === 'passed' && checks.isRunning) continue;
    if (judgement.outcome !== null) {
      await load?.stop();
      await unlessEnded(endOf(context), flows?.settle() ?? Promise.resolve());
      if (endOf(context).aborted) break;
      const broken = await brokenFlow(session, flows);
      return finished(
        ports,
        context,
        broken ?? (await concluded(judgement, session, io, run.plannedAt, endingAt(time, context))),
      );
    }
  }
  return left(context);
}

/** What is to be sent is recorded before the first request, so that whoever takes the watch up again goes on with it. */
async function beginTraffic(load: SyntheticLoad | null, plan: Plan, context: DeploymentContext): Promise<void> {
  if (load === null || load.isRunning) return;
  const { token, host, now, append } = context;
  const everyMs = trafficEveryMs(plan);
  await append({ type: 'BeginTraffic', everyMs, token, host, at: now() });
  if (!endOf(context).aborted) load.start(everyMs);
}

interface Begun {
  readonly from: string;
  readonly traffic: { readonly everyMs: number } | null;
}

async function begun(
  { measurements }: WatchPorts['platform'],
  run: Running,
  context: DeploymentContext,
): Promise<Begun> {
  const { id, token, host, now, append } = context;
  if (run.status === 'monitoring' && run.watch !== null) return run.watch;
  const last = (await measurements.events(id)).at(-1)?.data.at ?? null;
  const from = behindLast(now(), last, context);
  const until = new Date(Date.parse(from) + run.drafted.plan.monitoring.watchMs).toISOString();
  const after = runningOf(
    await append({ type: 'BeginWatch', from, until, measurements: measurementsStream(id), token, host, at: from }),
  );
  return after.status === 'monitoring' && after.watch !== null ? after.watch : { from, traffic: null };
}

function flowsOf(run: Running, io: DeploymentIo, signal: AbortSignal): CriticalFlows | null {
  const trigger = flowTrigger(run);
  return trigger === null ? null : new CriticalFlows({ plan: run.drafted.plan, io, trigger, signal });
}

/** Reports what is new, and returns what ends the watch before its time. */
async function endedBy(
  judgement: Judgement,
  session: WatchSession,
  flows: CriticalFlows | null,
  { unwanted }: DeploymentContext,
): Promise<Commands | null> {
  await session.reportVerdicts(judgement);
  await session.reportAlerts(judgement);
  if (unwanted.aborted) return null;
  if (judgement.decision?.decision === 'degraded') return [session.detection(judgement.decision)];
  return brokenFlow(session, flows);
}

const brokenFlow = async (session: WatchSession, flows: CriticalFlows | null): Promise<Commands | null> =>
  flows?.broken ? detected(flows.broken, session) : null;

const brokenChecks = async ({ broken }: Judgement, run: Running, session: WatchSession): Promise<Commands | null> =>
  broken.length === 0 ? null : detected(brokenWatch(run, broken), session);

async function detected(
  { kind, breach, checks, shadow }: BrokenChecks,
  session: WatchSession,
): Promise<Commands | null> {
  const detection = { ...session.detected(kind, { ...breach, range: session.range() }, shadow), checks };
  if (!shadow) return [detection];
  await session.withhold(detection);
  return null;
}

/** What is watched to its end has ended, also where the time of day was set back meanwhile. */
function endingAt(time: string, context: DeploymentContext): DeploymentContext {
  const now = () => [time, context.now()].toSorted().at(-1)!;
  return { ...context, now };
}

async function concluded(
  judgement: Judgement,
  session: WatchSession,
  io: DeploymentIo,
  begunAt: string,
  { token, now }: DeploymentContext,
): Promise<Commands> {
  const { outcome } = judgement;
  // The logs are read when it is watched to its end, which may be another watch.
  if (outcome?.outcome === 'unwatched') return [{ type: 'AskUnwatched', reason: outcome.sentence, token, at: now() }];
  const logs = await readLogs(io, begunAt, now());
  const at = now();
  const read: Commands = logs === null ? [] : [{ type: 'RecordLogs', logs, token, at }];
  const { ticks, checksPassed: checks, traffic } = judgement;
  const own = traffic === null ? {} : { traffic };
  const details = { metrics: judgement.metrics.map(summaryOf), range: session.range(), ...own, token, at };
  // In shadow mode what was found is recorded and nothing more: the deployment goes on.
  const passes = outcome?.outcome === 'passed' || (outcome?.outcome === 'failed' && outcome.shadow);
  if (passes) return [...read, { type: 'PassMonitoring', ...details, ticks, checks }];
  const undecided = outcome?.outcome === 'failed' && outcome.undecided;
  const reason = outcome?.sentence ?? '';
  return [...read, { type: 'FailMonitoring', reason, ...(undecided ? { undecided } : {}), ...details }];
}

function summaryOf({
  metric,
  quantile,
  verdict,
  valid,
  reason,
  comparison,
}: Judgement['metrics'][number]): MetricSummary {
  return {
    metric,
    ...(quantile === undefined ? {} : { quantile }),
    verdict,
    samples: valid,
    ...(reason === undefined ? {} : { reason }),
    ...(comparison === undefined ? {} : { comparison }),
  };
}

function finished({ readers }: WatchPorts, { id }: DeploymentContext, commands: Commands): Commands {
  readers.forget(id);
  return commands;
}
