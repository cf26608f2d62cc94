import { deployers as names, type Delivery } from '@backstay/document';
import type { Deployer } from './deployer.ts';
import { release } from './release/deployer.ts';

type DeployerName = (typeof names)[number];

/** One line for each deployer. */
const deployers: { readonly [Name in DeployerName]: Deployer } = { release };

const isKnown = (name: string): name is DeployerName => Object.hasOwn(deployers, name);

/** The deployer of this name; undefined where this version has none. */
export function deployerNamed(name: string): Deployer | undefined {
  return isKnown(name) ? deployers[name] : undefined;
}

/** Why nothing can be delivered so; null: it can. */
export function refusalOf(delivery: Delivery): string | null {
  const deployer = deployerNamed(delivery.deployer);
  if (deployer !== undefined) return deployer.refusal(delivery);
  return `the deployer \`${delivery.deployer}\` is not supported in this version; supported is ${names.join(', ')}`;
}
