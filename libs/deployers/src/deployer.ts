import type { Delivery } from '@backstay/document';
import type { Account } from '@backstay/hosts';

/** A version that a deployer has put in place. */
export interface Release {
  readonly name: string;
  readonly version: string;
  readonly commit: string;
  /** RFC 3339 */
  readonly placedAt: string;
}

/** The process that serves a release. */
export interface ServiceState {
  /** `restarting`: it ended by itself and is being tried again. */
  readonly status: 'running' | 'restarting' | 'stopped';
  readonly pid: number | null;
  /** The release from which it was started; null: none runs, or who keeps it running does not know. */
  readonly release: string | null;
  /** Digest of what it was started with. */
  readonly want: string | null;
  readonly restarts: number;
  /** How it last ended by itself. */
  readonly problem: string | null;
}

/** How a release shows that it serves: a URL of an allowed host that responds with 2xx, or a probe. */
export type Readiness =
  | { readonly url: string; readonly allow: readonly string[] }
  | ((signal: AbortSignal) => Promise<boolean>);

/** What is delivered, for which deployment, and under which fencing token of the place where releases are. */
export interface Delivered {
  readonly delivery: Delivery;
  readonly version: string;
  /** The full commit id. */
  readonly commit: string;
  /** Only the same deployment can take its own configuration back. */
  readonly deployment: string;
  readonly token: number;
}

/** As whom the process of a release runs. */
export interface RunningAs {
  /** With a umask of 077 and no write access to the release; this process's own user by default. */
  readonly runAs?: Account | undefined;
  /** Folders of the release, relative to it, in which that user may write after all: those of its logs. */
  readonly writable?: readonly string[];
}

export interface Starting extends RunningAs {
  readonly ready: Readiness;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What is recorded of an act; never a secret. */
export type Details = Readonly<Record<string, unknown>>;

/**
 * Puts versions of a service in place. Every act may be done again after a crash at any point and then ends the same; one under a
 * token that was overtaken throws `StaleToken` and changes nothing. `previous`: the name of a release; null: nothing ran before.
 */
export interface Deployer {
  /** Why it cannot deliver this; null: it can. */
  refusal(delivery: Pick<Delivery, 'hosts'>): string | null;
  /** The name of the release that a version becomes. */
  releaseOf(version: Pick<Delivered, 'version' | 'commit'>): string;
  /** Lays a built tree out as a release; nothing that serves is touched. */
  place(delivered: Delivered, source: string): Promise<Details>;
  configure(delivered: Delivered, environment: Readonly<Record<string, string>>): Promise<Details>;
  /** Makes the release the one that serves, and waits until it is ready. @throws {NotReady} */
  activate(delivered: Delivered, start: readonly string[], starting: Starting): Promise<Details>;
  /** Removes old releases, never the current one nor those named. */
  tidy(delivered: Delivered, pinned: readonly string[]): Promise<Details>;
  /** Stops the new release; where it never served, the previous one serves on. */
  stopNew(delivered: Delivered, previous: string | null): Promise<Details>;
  /** Puts back the configuration that was there before this deployment. */
  unconfigure(delivered: Delivered): Promise<void>;
  /** Makes the previous release the current one, without starting anything. @throws {ReleaseMissing} */
  goBack(delivered: Delivered, previous: string | null): Promise<Details>;
  /** Starts the previous release with the command and the configuration that it had. @throws {NotReady} */
  restart(delivered: Delivered, previous: string, starting: Starting): Promise<Details>;
  /** What was last activated; null: nothing ever. @throws {ReleaseMissing} when it is gone */
  current(place: Place): Promise<Release | null>;
  /** The latest first. */
  releases(place: Place): Promise<readonly Release[]>;
  state(place: Place): Promise<ServiceState>;
  /** Distinguishes two configurations without revealing what is in them; null: never configured. */
  configurationDigest(place: Place, release: string): string | null;
  /** The folder of a release, in which its files and relative logs are; null: it has none here. */
  folderOf(place: Place, release: string): string | null;
  /** The folder in which the files of whatever is current are seen; null: there is none. */
  currentFolder(place: Place): string | null;
  /** The folder of logs in which nobody but this process writes; null: there is none. */
  ownLogs(place: Place): string | null;
  /** The release whose files or log the path is one of, also where it is not laid out any more; null: of none. */
  releaseWith(place: Place, path: string): string | null;
}

/** Where the releases of a service are. */
export type Place = Pick<Delivery, 'root'>;
