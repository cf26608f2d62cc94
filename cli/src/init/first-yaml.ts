import type { ServiceSettings } from './settings.ts';

/** JSON's strings are YAML's double-quoted ones. */
const text = (value: string): string => JSON.stringify(value);

/** `.backstay.yaml`, for the root of the deployed repository. */
export function firstBindings({ build, migrate, migrateDown, start }: ServiceSettings): string {
  const down = migrateDown === undefined ? '' : `\n  down: ${text(migrateDown)}`;
  return [
    '# How this code is built and served; lives at the root of the deployed repository.',
    ...(build === undefined ? [] : [`build: ${text(build)}`]),
    ...(migrate === undefined ? [] : [`migrate:\n  up: ${text(migrate)}${down}`]),
    `start: ${text(start)}`,
    'ready: GET /health',
    '',
  ].join('\n');
}

/** `environments.yaml`, for the platform: BACKSTAY_ENVIRONMENTS names it. */
export function firstProfile({ name, environment, port, root }: ServiceSettings): string {
  const baseUrl = `http://127.0.0.1:${port}`;
  return `# Where it runs and who is notified; lives beside the platform, and BACKSTAY_ENVIRONMENTS names it.
environments:
  ${environment}:
    services:
      ${text(name)}:
        deployer: release
        root: ${text(root)}
        baseUrl: ${baseUrl}
        metrics: scrape ${baseUrl}/metrics
        notify: { team: log, on-call: log }
        allow: ["127.0.0.1:*"]
`;
}
