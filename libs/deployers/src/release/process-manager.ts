/** A release as it should run. */
export interface WantedService {
  readonly root: string;
  readonly token: number;
  readonly release: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Digest of all of the above but the token: what runs under the same one need not be restarted. */
  readonly want: string;
}

export interface ServiceState {
  /** `restarting`: it ended by itself and is being tried again. */
  readonly status: 'running' | 'restarting' | 'stopped';
  /** Of the service itself. */
  readonly pid: number | null;
  readonly want: string | null;
  readonly restarts: number;
  /** How it last ended by itself. */
  readonly problem: string | null;
}

export interface ProcessManager {
  /** Stops what runs and starts what is wanted. */
  start(service: WantedService): Promise<void>;
  stop(): Promise<void>;
  state(): Promise<ServiceState>;
}
