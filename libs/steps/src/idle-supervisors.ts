import { keepIdleSupervisors } from '@backstay/hosts';

/** A provider for Nest, which says when the service ends: supervisors are kept ready for commands until then. */
export function idleSupervisors({ BACKSTAY_IDLE_SUPERVISORS }: { readonly BACKSTAY_IDLE_SUPERVISORS: number }) {
  keepIdleSupervisors(BACKSTAY_IDLE_SUPERVISORS);
  return { provide: 'idle supervisors', useValue: { onApplicationShutdown: () => keepIdleSupervisors(0) } };
}
