/** The platform's side of the demo: the environment profile, and the secrets that it and the documents name. */
import { availableParallelism } from 'node:os';
import { SERVICE } from './repository.mjs';

/**
 * The text of `environments.yaml`.
 * @param {object} request
 * @param {string} request.root where the releases are placed
 * @param {number} request.port the service's port on loopback
 * @param {string} request.externalServices the URL of what `startExternalServices` started
 * @param {string} [request.dataLoss] `none`, or `accepted up to D`
 * @param {number} [request.cores] the denominator of CPU %
 * @param {string} [request.memory] the denominator of memory %, with its unit
 * @param {{watch: string, every: string, baseline: string, minimumSamples: number}} [request.monitoring]
 * @returns {string} YAML
 */
export function demoProfile({
  root,
  port,
  externalServices,
  dataLoss = 'none',
  cores = availableParallelism(),
  memory = '512MiB',
  monitoring = { watch: '15s', every: '1s', baseline: '10s', minimumSamples: 8 },
}) {
  const baseUrl = `http://127.0.0.1:${port}`;
  const at = (path) => text(`${externalServices}${path}`);
  return `environments:
  production:
    services:
      ${SERVICE}:
        deployer: release
        hosts: [local]
        root: ${text(root)}
        baseUrl: ${text(baseUrl)}
        metrics: ${text(`scrape ${baseUrl}/metrics`)}
        dashboards: [${at(`/dashboards/${SERVICE}`)}]
        probes:
          Load Balancer: ${at('/load-balancer')}
          CDN: ${at('/cdn')}
          Monitoring: ${at('/monitoring')}
          External API: ${at('/external-api')}
        notify: { team: "webhook <secret: TEAM_HOOK>", on-call: "webhook <secret: ON_CALL_HOOK>" }
        limits: { cores: ${cores}, memory: ${memory} }
        queue: fifo
        dataLoss: ${dataLoss}
        allow: ["127.0.0.1:*"]
        monitoring: { watch: ${monitoring.watch}, every: ${monitoring.every}, baseline: ${monitoring.baseline}, minimumSamples: ${monitoring.minimumSamples} }
`;
}

/** JSON's strings are YAML's double-quoted ones. */
const text = (value) => JSON.stringify(value);

/**
 * The values behind every secret name of the documents, the bindings and the profile.
 * @param {object} request
 * @param {string} request.databaseUrl
 * @param {string} [request.redisUrl]
 * @param {string} request.externalServices
 * @param {() => string} request.random makes an unguessable text
 * @returns {Record<string, string>} by name
 */
export function demoSecrets({ databaseUrl, redisUrl, externalServices, random }) {
  return {
    NOTES_DATABASE_URL: databaseUrl,
    NOTES_API_KEY: random(),
    ...(redisUrl && { NOTES_REDIS_URL: redisUrl }),
    NOTES_ARCHIVE_ACCESS_KEY: random(),
    NOTES_ARCHIVE_SECRET_KEY: random(),
    SMOKE_USER: 'smoke-test',
    SMOKE_PASSWORD: random(),
    TEAM_HOOK: `${externalServices}/hooks/team`,
    ON_CALL_HOOK: `${externalServices}/hooks/on-call`,
  };
}

/**
 * What a release's environment file holds, as the documents say it.
 * @param {Record<string, string>} secrets of `demoSecrets`
 * @returns {Record<string, string>}
 */
export function serviceEnvironment(secrets) {
  return {
    DATABASE_URL: secrets.NOTES_DATABASE_URL,
    API_KEY: secrets.NOTES_API_KEY,
    ...(secrets.NOTES_REDIS_URL && { REDIS_URL: secrets.NOTES_REDIS_URL }),
    LOG_LEVEL: 'info',
  };
}
