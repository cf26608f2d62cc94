import type { ProcessManager } from './process-manager.ts';
import { supervised } from './supervised.ts';
import { systemd } from './systemd.ts';

/** Who keeps the service running: Backstay's own supervisor, or a transient unit of systemd with that name. */
export type ManagerChoice = { readonly kind: 'supervisor' } | { readonly kind: 'systemd'; readonly unit: string };

export function managerFor(root: string, choice: ManagerChoice = { kind: 'supervisor' }): ProcessManager {
  return choice.kind === 'systemd' ? systemd(root, choice.unit) : supervised(root);
}
