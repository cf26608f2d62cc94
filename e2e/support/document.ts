import type { Subject } from './subject.ts';

export interface DocumentOptions {
  readonly environment?: string;
  readonly pre?: readonly string[];
  /** Steps between placing the release and restarting; each a title with its labelled lines. */
  readonly extra?: readonly string[];
  readonly post?: readonly string[];
  readonly watch?: string;
  readonly rollbackSteps?: boolean;
}

const numbered = (steps: readonly string[]) => steps.map((step, index) => `${index + 1}. ${step}`).join('\n');

/** A deployment document for the subject, as a team would write it. */
export function documentFor(subject: Subject, version: string, options: DocumentOptions = {}): string {
  const {
    environment = 'production',
    pre = ['Verify all integration tests passed'],
    extra = [],
    post = ['Run smoke tests'],
    watch = 'Watch for 6s, every 500ms',
    rollbackSteps = true,
  } = options;
  return `# Deployment: ${subject.name} ${version}

## Deployment Scope

**Application/Service:**
- Name: ${subject.name}
- Version: ${version}
- Repository: file://${subject.repository}
- Branch/Tag: v${version}

**Target Environment:**
- Environment: ${environment}
- Cloud Provider: on-premise

## Deployment Procedure

### Pre-Deployment Steps
${numbered(pre)}

### Deployment Steps
${numbered([`Pull latest code from v${version}`, 'Build application artifacts', `Deploy to ${environment}`, 'Update configuration', ...extra, 'Restart services'])}

### Post-Deployment Steps
${numbered(post)}

## Environment Configuration

**Required Environment Variables:**
\`\`\`
API_KEY=<secret: API_KEY>
LOG_LEVEL=info
\`\`\`

## Rollback Procedure

### Rollback Triggers
- Smoke tests fail
- Error rate exceeds 5%
- Manual trigger required
${rollbackSteps ? '\n### Rollback Steps\n1. Stop new deployment\n2. Revert to previous version\n3. Restart services\n4. Verify system health\n5. Notify team of rollback\n' : ''}
**Estimated Rollback Time:** 5 minutes

## Smoke Tests

### Critical User Flows
1. **User Login**
   - Endpoint: POST /api/auth/login
   - Expected: 200 OK, returns JWT token
   - Failure: Rollback immediately
2. **Data Retrieval**
   - Endpoint: GET /api/data
   - Expected: 200 OK, returns data
   - Failure: Rollback immediately

### Health Checks
- Application health: GET /health

## Monitoring & Alerting

- ${watch}
- Baseline: 1s
- Minimum samples: 3
- Minimum requests: 10

**Metrics to Monitor:**
- Request rate
- Error rate

**Alert Thresholds:**
- Error rate > 5% for 1s: Page on-call

## Acceptance Criteria

- [ ] All integration tests passed
- [ ] Deployment executed successfully
- [ ] Smoke tests passed in production
- [ ] Performance metrics within acceptable range
`;
}
