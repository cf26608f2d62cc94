import type { DeploymentCommand, DeploymentState } from '@backstay/deployment';
import type { EffectContext } from '@backstay/service-kit';

export type Context = EffectContext<DeploymentCommand, DeploymentState>;
export type Commands = readonly DeploymentCommand[];
