import { describe, expect, it } from 'vitest';
import { budgets } from '@backstay/document';
import { countSarif } from './sarif.ts';
import { SarifSteps } from './sarif-steps.ts';
import { judgeScans } from './scans.ts';
import { reportOf } from './testing.test-support.ts';

const scan = (json: unknown) => judgeScans([reportOf('scan.json', JSON.stringify(json))]);
const sarif = (run: object) => ({ version: '2.1.0', runs: [{ tool: { driver: { name: 't' } }, results: [], ...run }] });
const withRules = (rules: object[], run: object) => sarif({ tool: { driver: { name: 't', rules } }, ...run });
const trivy = (...Results: object[]) => ({ SchemaVersion: 2, Results });
const grype = (...vulnerabilities: object[]) => ({
  matches: vulnerabilities.map((vulnerability) => ({ vulnerability })),
  descriptor: { name: 'grype' },
});
const npm = (vulnerabilities: object, rest: object = {}) => ({
  auditReportVersion: 2,
  metadata: { vulnerabilities: { low: 0, moderate: 0, high: 0, critical: 0, ...vulnerabilities } },
  ...rest,
});

describe('a report that has a name twice in one object', () => {
  it.each([
    [
      '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"a"}},"results":[{"level":"error"}],"results":[]}]}',
      '/runs/0/results',
    ],
    ['{"SchemaVersion":2,"Results":[{"Vulnerabilities":[{"Severity":"CRITICAL"}]}],"Results":[]}', '/Results'],
    ['{"matches":[{"vulnerability":{"severity":"High"}}],"m\\u0061tches":[]}', '/matches'],
  ])('is an error with its place: %s', async (text, pointer) => {
    await expect(judgeScans([reportOf('scan.json', text)])).rejects.toThrow(
      `scan.json has a name twice in one object: ${pointer}`,
    );
  });
});

describe('an unknown severity', () => {
  it.each<[string, unknown, string]>([
    ['of a Grype match without one', grype({ id: 'CVE-1' }), 'none is given'],
    ['of a Grype match', grype({ severity: 'Unknown' }), '“Unknown”'],
    ['of a Trivy finding', trivy({ Vulnerabilities: [{ Severity: 'SEVERE' }] }), '“SEVERE”'],
    ['of a Trivy finding that is no text', trivy({ Secrets: [{ Severity: { level: 1 } }] }), 'none is given'],
    ['of an npm advisory', npm({}, { vulnerabilities: { a: { severity: 'extreme' } } }), '“extreme”'],
    ['in the summary of npm', npm({ extreme: 2 }), '“extreme”'],
    [
      'of a SARIF score',
      withRules([{ id: 'a', properties: { 'security-severity': '11' } }], { results: [{ ruleId: 'a' }] }),
      '“11”',
    ],
    ['of a SARIF rule that is not there', sarif({ results: [{ ruleId: 'a', ruleIndex: 7 }] }), 'its rule is not there'],
  ])('%s counts, and is named', async (_of, json, word) => {
    const { verdict, summary, facts } = await scan(json);
    expect(verdict).toBe('fail');
    expect(facts['unknown']).toBeGreaterThan(0);
    expect(summary).toContain(`of unknown severity (${word})`);
  });

  it('counts where npm counts more in all than it names', async () => {
    expect(await scan(npm({ low: 1, total: 3 }))).toMatchObject({
      verdict: 'fail',
      facts: { severe: 0, unknown: 2, findings: 3 },
    });
  });
});

describe('a severity', () => {
  it.each([
    ['HIGH', 'fail'],
    ['critical', 'fail'],
    ['Medium', 'pass'],
    ['7.0', 'fail'],
    [9.8, 'fail'],
    ['6.9', 'pass'],
  ])('of SARIF may be a word or a score: %s', async (severity, verdict) => {
    const rule = { id: 'a', properties: { 'security-severity': severity } };
    expect(await scan(withRules([rule], { results: [{ ruleId: 'a' }] }))).toMatchObject({ verdict });
  });
});

describe('Trivy', () => {
  it('finds licences too', async () => {
    const licences = trivy({ Class: 'license', Licenses: [{ Severity: 'HIGH' }, { Severity: 'CRITICAL' }] });
    expect(await scan(licences)).toMatchObject({ verdict: 'fail', facts: { severe: 2, findings: 2 } });
  });

  it('of another version of its format, or with lists that are not known, is no evidence', async () => {
    await expect(scan({ SchemaVersion: 3, Results: [{ Target: 'a' }] })).rejects.toThrow('neither SARIF');
    await expect(scan(trivy({ Target: 'a', Malware: [{ Severity: 'CRITICAL' }] }))).rejects.toThrow(
      'a result of scan.json holds “Malware”, which is not known here',
    );
    await expect(scan({ ...trivy({ Target: 'a' }), Findings: [{}] })).rejects.toThrow('scan.json holds “Findings”');
  });

  it('that speaks of more misconfigurations than it lists is no evidence', async () => {
    await expect(scan(trivy({ MisconfSummary: { Successes: 3, Failures: 1 } }))).rejects.toThrow(
      'speaks of 1 misconfigurations in a result, and lists 0',
    );
  });

  it('counts a finding whose status takes nothing away', async () => {
    const modified = (Status: string) =>
      trivy({ ExperimentalModifiedFindings: [{ Status, Finding: { Severity: 'CRITICAL' } }] });
    expect(await scan(modified('not_affected'))).toMatchObject({ verdict: 'pass', facts: { suppressed: 1 } });
    expect(await scan(modified('affected'))).toMatchObject({ verdict: 'fail', facts: { severe: 1, suppressed: 0 } });
  });
});

describe('Grype and npm', () => {
  it('with lists that are not known are no evidence', async () => {
    await expect(scan({ ...grype(), alertsByPackage: [{ alerts: [{ type: 'distro-eol' }] }] })).rejects.toThrow(
      '“alertsByPackage”',
    );
    await expect(scan(npm({}, { malware: { a: {} } }))).rejects.toThrow('scan.json holds “malware”');
  });
});

describe('SARIF', () => {
  const noted = { id: 'R1', guid: '11111111-1111-1111-8111-111111111111', defaultConfiguration: { level: 'note' } };
  const override = (descriptor: object, level: string) => ({
    invocations: [
      { executionSuccessful: true, ruleConfigurationOverrides: [{ descriptor, configuration: { level } }] },
    ],
  });

  it.each<[string, object]>([
    ['id', { id: 'R1' }],
    ['index', { index: 0 }],
    ['guid', { guid: '11111111-1111-1111-8111-111111111111' }],
    ['id within a component', { id: 'R1', toolComponent: { name: 't' } }],
  ])('takes the level of a rule from an override that names it by %s (§3.27.10)', async (_by, descriptor) => {
    const run = { results: [{ ruleId: 'R1', message: {} }], ...override(descriptor, 'error') };
    expect(await scan(withRules([noted], run))).toMatchObject({ verdict: 'fail', facts: { severe: 1 } });
  });

  it('lets an override lower a level only for the invocation that a result says it is of', async () => {
    const strict = { ...noted, defaultConfiguration: { level: 'error' } };
    const run = (result: object) => ({ results: [{ ruleId: 'R1', ...result }], ...override({ id: 'R1' }, 'note') });
    expect(await scan(withRules([strict], run({ provenance: { invocationIndex: 0 } })))).toMatchObject({
      verdict: 'pass',
    });
    expect(await scan(withRules([strict], run({})))).toMatchObject({ verdict: 'fail' });
  });

  it('finds the rules of a component by index, name or guid', async () => {
    const extension = {
      name: 'x',
      guid: '22222222-2222-2222-8222-222222222222',
      rules: [{ id: 'E', defaultConfiguration: { level: 'error' } }],
    };
    const tool = {
      driver: { name: 't', rules: [{ id: 'E', defaultConfiguration: { level: 'note' } }] },
      extensions: [extension],
    };
    for (const toolComponent of [{ index: 0 }, { name: 'x' }, { guid: extension.guid.toUpperCase() }])
      expect(await scan(sarif({ tool, results: [{ rule: { index: 0, toolComponent } }] }))).toMatchObject({
        verdict: 'fail',
      });
    expect(await scan(sarif({ tool, results: [{ ruleId: 'E' }] }))).toMatchObject({ verdict: 'pass' });
    const dangling = { rule: { index: 0, toolComponent: { name: 'y' } } };
    expect(await scan(sarif({ tool, results: [dangling] }))).toMatchObject({ verdict: 'fail', facts: { unknown: 1 } });
  });

  it('lets the worse of two rules count where index and id contradict one another', async () => {
    const rules = [noted, { id: 'R2', defaultConfiguration: { level: 'error' } }];
    expect(await scan(withRules(rules, { results: [{ ruleId: 'R2', ruleIndex: 0 }] }))).toMatchObject({
      verdict: 'fail',
    });
    expect(await scan(withRules(rules, { results: [{ ruleId: 'R1', ruleIndex: 1 }] }))).toMatchObject({
      verdict: 'fail',
    });
  });

  it.each<[string, object, string]>([
    [
      'an error of the scan while it ran',
      { toolExecutionNotifications: [{ level: 'error' }] },
      'notes an error of the scan',
    ],
    [
      'an error of its configuration',
      { toolConfigurationNotifications: [{ level: 'error' }] },
      'notes an error of the scan',
    ],
    [
      'an error by the notification’s own rule',
      { toolExecutionNotifications: [{ descriptor: { id: 'N' } }] },
      'notes an error of the scan',
    ],
    ['a signal that ended it', { exitSignalName: 'SIGKILL' }, 'did not run to its end'],
    ['nothing of how it ended', { executionSuccessful: undefined }, 'executionSuccessful'],
  ])('that notes %s is no evidence', async (_what, rest, message) => {
    const notifications = [{ id: 'N', defaultConfiguration: { level: 'error' } }];
    const run = {
      tool: { driver: { name: 't', notifications } },
      invocations: [{ executionSuccessful: true, ...rest }],
    };
    await expect(scan(sarif(run))).rejects.toThrow(message);
  });

  it('with a mere warning of the scan is evidence, also with an exception, whose level is by default a warning (§3.58.6)', async () => {
    const exception = { kind: 'TimeoutException', message: 'm' };
    const toolExecutionNotifications = [{ level: 'warning' }, {}, { exception }];
    const invocations = [{ executionSuccessful: true, toolExecutionNotifications }];
    expect(await scan(sarif({ invocations }))).toMatchObject({ verdict: 'pass' });
  });

  it('takes the level of a notification from its descriptor or an override; one that names another descriptor is no evidence', async () => {
    const notifying = (descriptor: object, level: string) =>
      sarif({
        tool: { driver: { name: 't', notifications: [{ id: 'N' }] } },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: [{ descriptor }],
            notificationConfigurationOverrides: [{ descriptor: { id: 'N' }, configuration: { level } }],
          },
        ],
      });
    expect(await scan(notifying({ id: 'N' }, 'note'))).toMatchObject({ verdict: 'pass' });
    await expect(scan(notifying({ id: 'N' }, 'error'))).rejects.toThrow('notes an error of the scan');
    await expect(scan(notifying({ id: 'n' }, 'note'))).rejects.toThrow('whose level is not known');
  });

  describe('a result of a rule that is not there', () => {
    const strict = { id: 'A', defaultConfiguration: { level: 'error' } };

    it.each(['a', 'A ', 'ZZZ', 'B/A', ''])(
      'is of unknown severity without a level of its own: “%s”',
      async (ruleId) => {
        expect(await scan(withRules([strict], { results: [{ ruleId: 'A' }] }))).toMatchObject({ facts: { severe: 1 } });
        for (const rules of [[strict], []])
          expect(await scan(withRules(rules, { results: [{ ruleId }] }))).toMatchObject({
            verdict: 'fail',
            facts: { unknown: 1 },
            summary: expect.stringContaining('its rule is not there'),
          });
      },
    );

    it('has the level that it brings, except where rules have scores and it has none', async () => {
      const result = { ruleId: 'a', level: 'warning' };
      expect(await scan(withRules([strict], { results: [result] }))).toMatchObject({ verdict: 'pass' });
      const scored = { id: 'A', properties: { 'security-severity': '9.8' } };
      expect(await scan(withRules([scored], { results: [result] }))).toMatchObject({ facts: { unknown: 1 } });
      const own = { ...result, properties: { 'security-severity': '2' } };
      expect(await scan(withRules([scored], { results: [own] }))).toMatchObject({ verdict: 'pass' });
    });

    it('is of unknown severity where it is of an invocation that is not there', async () => {
      const run = {
        results: [{ ruleId: 'R1', provenance: { invocationIndex: 1 } }],
        ...override({ id: 'R1' }, 'error'),
      };
      expect(await scan(withRules([noted], run))).toMatchObject({ verdict: 'fail', facts: { unknown: 1 } });
    });
  });

  describe('is read in steps in proportion to its length', () => {
    const each = (count: number, item: (index: number) => object) => Array.from({ length: count }, (_, at) => item(at));
    const overriding = (ids: object[]) => ({
      invocations: [
        {
          executionSuccessful: true,
          ruleConfigurationOverrides: ids.map((descriptor) => ({ descriptor, configuration: { level: 'note' } })),
        },
      ],
    });
    const rule = (index: number) => ({ id: `rule${index}` });
    const result = (index: number) => ({ ruleId: `rule${index}/part` });
    const forms: [string, (count: number) => object][] = [
      ['rules', (count) => withRules(each(count, rule), { results: each(count, result) })],
      [
        'overrides',
        (count) => withRules(each(count, rule), { results: each(count, result), ...overriding(each(count, rule)) }),
      ],
      [
        'extensions',
        (count) => {
          const extensions = each(count, (index) => ({ name: `x${index}`, rules: [rule(index)] }));
          return sarif({ tool: { driver: { name: 't' }, extensions }, results: each(count, result) });
        },
      ],
      [
        'invocations',
        (count) => {
          const invocations = each(count, (index) => ({
            executionSuccessful: true,
            toolExecutionNotifications: [{ descriptor: { id: `rule${index}` }, level: 'note' }],
          }));
          return sarif({ tool: { driver: { name: 't', notifications: each(count, rule) } }, invocations });
        },
      ],
      [
        'rules that share one id',
        (count) =>
          withRules(
            each(count, () => rule(0)),
            { results: [result(0)] },
          ),
      ],
    ];
    const stepsFor = (log: object) => {
      const steps = new SarifSteps('scan.json');
      countSarif(log, 'scan.json', steps);
      return steps.taken;
    };

    it.each(forms)('of many %s', (_of, log) => {
      expect(stepsFor(log(1_000))).toBeLessThan(stepsFor(log(100)) * 11);
    });

    it.each<[string, (count: number) => object]>([
      [
        'of rules that share one id',
        (count) =>
          withRules(
            each(count, () => rule(0)),
            { results: each(count, () => result(0)) },
          ),
      ],
      ['of names of many parts', (count) => sarif({ results: [{ ruleId: 'a/'.repeat(count) }] })],
      [
        'of overrides of rules that share one id',
        (count) =>
          withRules(
            each(count, () => rule(0)),
            overriding(each(count, () => rule(0))),
          ),
      ],
    ])('and a bomb %s is refused, however large, after as many as the budget has', (_of, log) => {
      for (const count of [1_100, 2_000]) {
        const steps = new SarifSteps('scan.json');
        expect(() => countSarif(log(count), 'scan.json', steps)).toThrow('scan.json needs more than 1000000 steps');
        expect(steps.taken).toBeLessThan(budgets.sarif.steps * 1.1);
      }
    });
  });

  it.each<[string, object]>([
    ['a property that the standard does not have', sarif({ results: [{ ruleId: 'a', Level: 'error' }] })],
    ['results under another name', sarif({ Results: [{ level: 'error' }] })],
    ['policies', sarif({ policies: [{ name: 'p' }] })],
    ['properties beside its runs', { ...sarif({}), inlineExternalProperties: [{}] }],
    [
      'an override of a rule that is not there',
      sarif({
        invocations: [
          {
            executionSuccessful: true,
            ruleConfigurationOverrides: [{ descriptor: { index: 3 }, configuration: { level: 'error' } }],
          },
        ],
      }),
    ],
    ['rules in other files', sarif({ externalPropertyFileReferences: { driver: {} } })],
  ])('with %s is no evidence', async (_what, json) => {
    await expect(scan(json)).rejects.toThrow(/scan\.json/);
  });
});
