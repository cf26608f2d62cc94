import type { DeploymentCommand, DeploymentState } from '@backstay/deployment';
import type { EffectContext, Outcome } from '@backstay/service-kit';

export type Context = EffectContext<DeploymentCommand, DeploymentState>;
export type Commands = Outcome<DeploymentCommand>;
