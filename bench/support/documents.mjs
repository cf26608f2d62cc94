const numbered = (steps) => steps.map((step, index) => `${index + 1}. ${step}`).join('\n');
const times = (count, step) => Array.from({ length: count }, (_, index) => step(index + 1));

const head = (service, version) => `# Deployment: ${service} ${version}

## Deployment Scope
- Name: ${service}
- Version: ${version}
- Environment: production

## Deployment Procedure

### Deployment Steps
`;

/** Steps that do nothing: what is measured is the orchestrator. */
export const waitSteps = (service, version, count = 12) =>
  `${head(service, version)}${numbered(times(count, (step) => `Pause ${step}\n   - Wait: 1ms`))}\n`;

/** Steps that run a command that does nothing: what is measured is starting and supervising it. */
export const commandSteps = (service, version, count = 12) =>
  `${head(service, version)}${numbered(times(count, (step) => `Call ${step}\n   - Run: \`true\`\n   - Mutates: no`))}\n`;

/** One step, then a watch of the metrics that the environment profile names. */
export const watched = (service, version, { seconds, everySeconds }) => `${waitSteps(service, version, 1)}
## Monitoring & Alerting

- Watch for ${seconds}s, every ${everySeconds}s
- Baseline: 1s
- Minimum samples: 1

**Metrics to Monitor:**
- Error rate

**Alert Thresholds:**
- Error rate > 50% for 30s: Page on-call
`;
