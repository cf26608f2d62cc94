import { fileURLToPath } from 'node:url';

/** The program that keeps a service running; it is started by path with nothing but Node. */
export const serviceSupervisor = fileURLToPath(new URL('../supervisor/service-supervisor.mjs', import.meta.url));
