/** The demo's deployment documents: the template with its brackets filled, and not a line more. */
import { readFileSync } from 'node:fs';
import { SERVICE } from './repository.mjs';

const TEMPLATE = readFileSync(new URL('./deployment-template.md', import.meta.url), 'utf8');
const RESTORE = 'Restore database to backup';
// A check box, `[ ]`, is not a bracket to fill.
const BRACKET = /\[(?! \])[^\]]+\]/g;

/**
 * @param {object} request
 * @param {string} request.version what is deployed
 * @param {string} request.previousVersion what runs now, and a rollback goes back to
 * @param {string} request.repository the git repository's URL
 * @param {boolean} [request.redis] whether there is a Redis (default: there is)
 * @param {boolean} [request.restoreDatabase] whether a rollback restores the backup; it needs the profile's consent to lose writes
 * @returns {string} Markdown
 */
export function demoDocument({ version, previousVersion, repository, redis = true, restoreDatabase = false }) {
  const filled = fillings({ version, previousVersion, repository });
  const lines = TEMPLATE.split('\n')
    .filter((line) => !line.includes('[Add '))
    .filter((line) => redis || !/^REDIS_URL=|^- Cache/.test(line))
    .filter((line) => restoreDatabase || !line.includes(RESTORE))
    .map((line) => fill(line, filled));
  return renumber(lines).join('\n');
}

function fillings({ version, previousVersion, repository }) {
  return {
    '[Name]': `${SERVICE} ${version}`,
    '[service name]': SERVICE,
    '[version number]': version,
    '[git repository URL]': repository,
    '[branch or tag to deploy]': `v${version}`,
    '[staging | production | development]': 'production',
    '[AWS | GCP | Azure | on-premise]': 'on-premise',
    '[deployment region]': 'local',
    '[if applicable]': 'none',
    '[branch/tag]': `v${version}`,
    '[target environment]': 'production',
    '<production database connection string>': '<secret: NOTES_DATABASE_URL>',
    '<external API key>': '<secret: NOTES_API_KEY>',
    '<redis connection string>': '<secret: NOTES_REDIS_URL>',
    '[version]': previousVersion,
    '[timestamp]': 'of step 3',
    '[X minutes]': '2 minutes',
    '[List work items that must complete before deployment]': 'none',
    '[List work items that depend on this deployment]': 'none',
  };
}

function fill(line, filled) {
  const withSecret = line.replace(/<[^>]+>/, (hint) => filled[hint] ?? hint);
  return withSecret.replace(BRACKET, (bracket) => {
    if (filled[bracket] === undefined) throw new Error(`nothing to fill ${bracket} with`);
    return filled[bracket];
  });
}

/** Numbered items count from 1 under each heading, also where one was left out. */
function renumber(lines) {
  let number = 0;
  return lines.map((line) => {
    if (line.startsWith('#')) number = 0;
    return line.replace(/^\d+\./, () => `${++number}.`);
  });
}
