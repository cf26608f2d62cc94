import type { Account } from '@backstay/hosts';
import type { ServiceState } from '../deployer.ts';

/** A release as it should run. */
export interface WantedService {
  readonly root: string;
  readonly token: number;
  readonly release: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** This process's own user by default. */
  readonly runAs?: Account | undefined;
  /** Digest of all of the above but the token: what runs under the same one need not be restarted. */
  readonly want: string;
}

export interface ProcessManager {
  /** Stops what runs and starts what is wanted. */
  start(service: WantedService): Promise<void>;
  stop(): Promise<void>;
  state(): Promise<ServiceState>;
}
