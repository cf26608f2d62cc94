import { resolve } from 'node:path';
import type { DeploymentState } from '@backstay/deployment';
import { procedureRecords, type HistoryViews, type ProcedureRecords } from './evidence/procedure-records.ts';

/** What steps are performed with: directories, sources of values, the store of whole outputs, and what is recorded. */
export interface StepContext {
  readonly dataDir: string;
  /** The user of steps whose profile names none; absent: Backstay's own. */
  readonly runAs?: string | undefined;
  /** Where secrets are looked up: `env` or `file:PATH`. */
  readonly secrets: string;
  /** The variables that the environment brings. */
  readonly provided: NodeJS.ProcessEnv;
  readonly blobs: { put(content: Uint8Array, deployment: string): Promise<string> };
  readonly logger: { info(fields: Record<string, unknown>, message: string): void };
  readonly now: () => string;
  /** Every deployment as it is recorded, by its id. */
  readonly deployments: { load(id: string): Promise<{ readonly state: DeploymentState }> };
  /** Proof that rests on other deployments. */
  readonly records: ProcedureRecords;
}

interface ServiceParts extends Pick<StepContext, 'blobs' | 'logger' | 'now' | 'deployments'> {
  readonly settings: {
    readonly BACKSTAY_DATA_DIR: string;
    readonly BACKSTAY_SECRETS: string;
    readonly BACKSTAY_RUN_AS?: string | undefined;
  };
  readonly views: HistoryViews;
}

/** The context of a service: its settings, and the variables of its own process as what the environment brings. */
export function stepContextOf(
  { settings, views, blobs, logger, now, deployments }: ServiceParts,
  provided: NodeJS.ProcessEnv = process.env,
): StepContext {
  return {
    dataDir: resolve(settings.BACKSTAY_DATA_DIR),
    runAs: settings.BACKSTAY_RUN_AS,
    secrets: settings.BACKSTAY_SECRETS,
    provided,
    blobs,
    logger,
    now,
    deployments,
    records: procedureRecords(views),
  };
}
