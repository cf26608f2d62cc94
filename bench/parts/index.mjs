/** Every part of the bench. A part exports `title` and `run({ servers, say })`, which returns the lines of its report. */
export const parts = {
  document: { load: () => import('./document.mjs') },
  writers: { load: () => import('./writers.mjs') },
  correlated: { load: () => import('./correlated.mjs') },
  projections: { load: () => import('./projections.mjs') },
  statements: { load: () => import('./statements.mjs') },
  commands: { load: () => import('./commands.mjs') },
  workflows: { load: () => import('./workflows.mjs') },
  queries: { load: () => import('./queries.mjs') },
  restart: { load: () => import('./restart.mjs') },
  profile: { load: () => import('./profile.mjs'), onDemand: true },
};
