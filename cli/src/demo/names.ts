/** Each run of the demo deploys a service of its own, so that what earlier runs recorded stays as it was. */
export const serviceName = (service: string, run: number): string => (run === 1 ? service : `${service}-${run}`);

/** The document for that run's service. */
export const renameInDocument = (document: string, from: string, to: string): string =>
  document
    .split('\n')
    .map((line) => (line.startsWith('# Deployment: ') || line === `- Name: ${from}` ? line.replace(from, to) : line))
    .join('\n');

/** The profile for that run's service. */
export const renameInProfile = (profile: string, from: string, to: string): string =>
  profile
    .split('\n')
    .map((line) => (line.trim() === `${from}:` ? line.replace(from, to) : line))
    .join('\n');
