import { join } from 'node:path';
import type { DemoRepository } from '../../../deploy/demo/repository.mjs';
import { startExternalServices } from '../../../deploy/demo/external-services.mjs';
import { startTraffic } from '../../../deploy/demo/traffic.mjs';
import { Api } from '../api/client.ts';
import { requestAdoption, untilAdopted } from '../commands/adopt.ts';
import { criteriaLines } from '../commands/criteria.ts';
import { publish, type Broker } from '../commands/publish.ts';
import { whyInShort } from '../commands/why.ts';
import type { Context } from '../context.ts';
import type { Closing } from '../dev/closing.ts';
import { dataDirectory } from '../dev/directories.ts';
import { interrupted } from '../dev/interrupted.ts';
import { localName, startParts, startServices, type LocalParts } from '../dev/platform.ts';
import { duration } from '../output/format.ts';
import { follow } from '../watch/follow.ts';
import type { Snapshot } from '../watch/snapshot.ts';
import { stopLeftService } from '../dev/stop-service.ts';
import { startFirstRelease } from './first-release.ts';
import { deviations, isHeld, slowness, timings, type Seen, type Timings } from './judge.ts';
import { demoSettings } from './settings.ts';
import {
  clearEarlierRuns,
  makeRepository,
  setTheScene,
  takePlace,
  writeDocument,
  type Place,
  type Setting,
} from './stage.ts';

export interface DemoOptions {
  readonly keep: boolean;
  readonly faulty: boolean;
  readonly port: number;
}

export interface Played extends Timings {
  /** Empty when the scenario happened exactly. */
  readonly deviations: readonly string[];
  /** Why the scenario could not happen on this machine; null when that is not the reason. */
  readonly slowness: string | null;
}

const environment = 'production';
const endsWithinMs = 300_000;
const appearsWithinMs = 30_000;
/** A baseline of ten seconds has enough requests for a comparison. */
const ratePerSecond = 40;

/** The platform and what surrounds it, ready for the first deployment. */
interface Stage {
  /** With the client of the platform that was started here. */
  readonly context: Context;
  readonly url: string;
  readonly parts: LocalParts;
  readonly place: Place;
  readonly repository: DemoRepository;
  readonly setting: Setting;
  readonly traffic: ReturnType<typeof startTraffic>;
  /** Rejects when the platform ends by itself. */
  readonly ended: Promise<never>;
}

/** Plays the scenario from outside: requests go over NATS, everything that is shown was read over HTTP. */
export async function playDemo(context: Context, options: DemoOptions, closing: Closing): Promise<Played> {
  const startedAt = new Date().toISOString();
  const narrator = narrate(context, startedAt);
  const stage = await prepare(context, options, closing, narrator);
  const seen = await Promise.race([play(stage, narrator), stage.ended]);
  const played = { deviations: deviations(seen), slowness: slowness(seen), ...timings(startedAt, seen) };
  await reportEnd(stage, seen, played, options);
  if (options.keep) await Promise.race([interrupted(context.world.interrupted), stage.ended]);
  return played;
}

type Narrator = (line: string) => void;

/** What happens now, with the time since the start; beside the result when that is JSON. */
function narrate({ json, say, note, colors }: Context, startedAt: string): Narrator {
  const write = json ? note : say;
  return (line) => write(`${colors.dim(duration(Date.now() - Date.parse(startedAt)).padStart(6))}  ${line}`);
}

async function prepare(context: Context, options: DemoOptions, closing: Closing, narrate: Narrator): Promise<Stage> {
  const { env, interrupted: signal } = context.world;
  const dataDir = dataDirectory(env);
  narrate(`data in ${dataDir}`);
  const place = await takePlace(dataDir);
  narrate(`making the repository of ${place.service}: three releases, each with its own tests and scan`);
  const making = makeRepository(place, options.faulty);
  making.catch(() => undefined);
  const common = { dataDir, say: narrate, env, signal };
  const parts = await startParts(common);
  closing.later(() => parts.stop());
  signal.throwIfAborted();
  await clearEarlierRuns(dataDir, place);
  const externalServices = await startExternalServices();
  closing.later(() => externalServices.close());
  const setting = await setTheScene(dataDir, place, parts, externalServices.url);
  // The demo's own profile and secrets count here, and nobody need log in, whatever is set for others.
  const { BACKSTAY_ENVIRONMENTS: _profile, BACKSTAY_SECRETS: _secrets, BACKSTAY_AUTH: _auth, ...others } = env;
  const services = await startServices({ ...common, env: others, parts, port: options.port, ...demoSettings(dataDir) });
  closing.later(() => services.stop());
  const ended: Promise<never> = services.ended.then((failure) => Promise.reject(failure));
  ended.catch(() => undefined);
  narrate(`the platform is ready at ${services.url}`);
  const repository = await Promise.race([making, ended]);
  closing.later(() => stopLeftService(place.releases));
  narrate('starting 1.0.0, as it ran before Backstay came');
  await startFirstRelease(place, repository, setting, signal);
  const { SMOKE_USER: user, SMOKE_PASSWORD: password } = setting.secrets;
  const traffic = startTraffic({ baseUrl: place.baseUrl, user: user!, password: password!, ratePerSecond });
  closing.later(() => traffic.stop());
  const api = new Api({ url: services.url, signal });
  return {
    context: { ...context, api, url: services.url },
    url: services.url,
    parts,
    place,
    repository,
    setting,
    traffic,
    ended,
  };
}

async function play(stage: Stage, narrate: Narrator): Promise<Seen> {
  const { context, place } = stage;
  narrate('adopting 1.0.0: its checks are run, and it is recorded as verified-good');
  const where = { service: place.service, environment };
  const adoption = await requestAdoption(context.api, where, {
    version: '1.0.0',
    reason: 'it ran before Backstay came',
  });
  await untilAdopted(context.api, where, adoption, context.world.interrupted);
  narrate('publishing 1.1.0 over NATS: a good release');
  const good = await deploy(stage, '1.1.0', '1.0.0');
  if (good.summary.status === 'succeeded') {
    await reportCriteria(context, good);
    narrate('publishing 1.2.0 over NATS: it passes its smoke tests, and fails under load');
  }
  const bad = good.summary.status === 'succeeded' ? await deploy(stage, '1.2.0', '1.1.0') : good;
  return { good, bad, served: await servedVersion(place), traffic: { ...stage.traffic.counters } };
}

/** Publishes the request for a release and shows the deployment until it has ended. */
async function deploy(stage: Stage, version: string, previousVersion: string): Promise<Snapshot> {
  const { context, parts, place, repository } = stage;
  const redis = parts.redis !== undefined;
  const document = await writeDocument(place, { version, previousVersion, repository: repository.url, redis });
  const { commit, evidence } = repository.releases[version]!;
  const request = {
    document: document.text,
    environment,
    commit,
    requestedBy: 'demo',
    reason: `release ${version}`,
    evidence,
  };
  const signal = context.world.interrupted;
  const wanted = { request, source: `backstay-demo/${place.service}`, id: version };
  const { deploymentId: id } = await publish(brokerOf(parts), wanted, signal);
  const { snapshot } = await follow(context, { id, timeoutMs: endsWithinMs, appearsWithinMs, until: isHeld });
  signal.throwIfAborted();
  return snapshot;
}

/** A NATS of ours knows the demo as the publisher of this machine. */
const brokerOf = ({ nats, natsKeys }: LocalParts): Broker => ({
  url: nats.url,
  ...(natsKeys && { creds: join(natsKeys, 'publishers', `${localName}.nk`), publisher: localName }),
});

async function reportCriteria(context: Context, { summary }: Snapshot): Promise<void> {
  const { body } = await context.api.call('getAcceptanceCriteria', { params: { id: summary.id } });
  const { criteria } = body;
  context.emit({ deployment: summary.id, criteria });
  context.say();
  criteriaLines(context.colors, criteria).forEach((line) => context.say(line));
  context.say();
}

/** What the service itself says it is. */
async function servedVersion({ baseUrl }: Place): Promise<string> {
  try {
    const response = await fetch(`${baseUrl}/version`, { signal: AbortSignal.timeout(5_000) });
    return ((await response.json()) as { version?: string }).version ?? '';
  } catch {
    return '';
  }
}

async function reportEnd(stage: Stage, seen: Seen, played: Played, { keep }: DemoOptions): Promise<void> {
  const { context, url, place } = stage;
  const { say, colors } = context;
  const { firstGreenMs, restoredMs } = played;
  const id = seen.bad.summary.id;
  context.emit({ demo: { ...played, served: seen.served, deployments: [seen.good.summary.id, id], url } });
  say();
  const why = (seen.bad as Snapshot).why;
  if (why) whyInShort(colors, why).forEach((line) => say(line));
  say();
  say(`served now: ${seen.served || 'nothing'}, as ${place.baseUrl}/version reports`);
  if (firstGreenMs !== null) say(`first green deployment after ${duration(firstGreenMs)}`);
  if (restoredMs !== null) say(`limit broken to verified restoration: ${duration(restoredMs)}`);
  if (played.deviations.length > 0) return;
  say();
  whereToLook(keep, url, id, place).forEach((line) => say(line));
}

function whereToLook(keep: boolean, url: string, id: string, { folder }: Place): string[] {
  const at = keep ? url : 'http://127.0.0.1:7300';
  const begin = keep ? [] : ['  npm run dev                                 shows all of this again'];
  return [
    'Where to look next:',
    ...begin,
    `  ${at}/d/${id}  the rollback, in a browser`,
    `  npx backstay why ${id} --url ${at}`,
    `  npx backstay audit ${id} --url ${at}`,
    `  npx backstay plan ${folder}/1.2.0.md   the document that was the program`,
    ...(keep ? ['', 'Everything is left running; ^C stops it.'] : []),
  ];
}
