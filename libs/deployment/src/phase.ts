/** The five phases. Each has a slice in this folder, a service of the same name, and a lease per deployment. */
export const phases = ['planning', 'execution', 'verification', 'monitoring', 'rollback'] as const;
export type Phase = (typeof phases)[number];

/** Phases that probe what they would use before anything is touched. */
export const preflightPhases = ['execution', 'verification', 'monitoring'] as const satisfies readonly Phase[];
export type PreflightPhase = (typeof preflightPhases)[number];
