import type { ServiceSettings } from './settings.ts';

/** A deployment document that says only what is known, and can be deployed as it stands. */
export function firstDocument(settings: ServiceSettings): string {
  return `${sections(settings).join('\n\n')}\n`;
}

const lines = (...parts: readonly (string | false | undefined)[]): string =>
  parts.filter((part) => typeof part === 'string').join('\n');

const numbered = (...titles: readonly (string | false | undefined)[]): string =>
  titles
    .filter((title) => typeof title === 'string')
    .map((title, index) => `${index + 1}. ${title}`)
    .join('\n');

function sections(settings: ServiceSettings): string[] {
  const { name, release, repository, ref, environment, build, migrate, database, cache } = settings;
  return [
    '---\ndeployment: 1\n---',
    `# Deployment: ${name} ${release}`,
    '## Deployment Scope',
    lines(
      '**Application/Service:**',
      `- Name: ${name}`,
      `- Version: ${release}`,
      `- Repository: ${repository}`,
      `- Branch/Tag: ${ref}`,
    ),
    lines('**Target Environment:**', `- Environment: ${environment}`),
    '## Deployment Procedure',
    ...(database ? ['### Pre-Deployment Steps', numbered('Backup current production state')] : []),
    '### Deployment Steps',
    numbered(
      `Pull latest code from ${ref}`,
      build !== undefined && 'Build application artifacts',
      migrate !== undefined && 'Run database migrations',
      `Deploy to ${environment}`,
      'Update configuration',
      'Restart services',
    ),
    '### Post-Deployment Steps',
    numbered('Run smoke tests'),
    '## Environment Configuration',
    '**Required Environment Variables:**',
    lines(
      '```',
      `PORT=${settings.port}`,
      'LOG_LEVEL=info',
      database && 'DATABASE_URL=<secret: DATABASE_URL>',
      cache && 'REDIS_URL=<secret: REDIS_URL>',
      '```',
    ),
    '**Infrastructure Dependencies:**',
    lines(database && '- Database: PostgreSQL 14+', cache && '- Cache: Redis 6+', !database && !cache && '- none'),
    '## Rollback Procedure',
    '### Rollback Triggers',
    lines('- Smoke tests fail', '- Error rate exceeds 5%', '- Manual trigger required'),
    '### Rollback Steps',
    numbered(
      'Stop new deployment',
      'Revert to previous version',
      'Restart services',
      'Verify system health',
      'Notify team of rollback',
    ),
    '**Estimated Rollback Time:** 5 minutes',
    '## Smoke Tests',
    '### Critical User Flows',
    lines('1. **The front page opens**', '   - Endpoint: GET /', '   - Expected: 200 OK'),
    '### Health Checks',
    lines(
      '- Application health: GET /health',
      database && '- Database connectivity: verified',
      cache && '- Cache connectivity: verified',
    ),
    '## Monitoring & Alerting',
    '- Watch for 10m, every 10s',
    lines('**Metrics to Monitor:**', '- Error rate', '- Response time (p95, p99)'),
    lines('**Alert Thresholds:**', '- Error rate > 2%: Page on-call', '- Response time p99 > 2s: Warning'),
    '## Documentation',
    lines('**Update Required:**', '- none'),
    '## Dependencies',
    lines('**Blocked By:**', '- none'),
    lines('**Blocks:**', '- none'),
    '## Acceptance Criteria',
    lines(
      '- [ ] Deployment executed successfully',
      `- [ ] Smoke tests passed in ${environment}`,
      '- [ ] Performance metrics within acceptable range',
    ),
  ];
}
