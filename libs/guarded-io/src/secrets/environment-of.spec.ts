import { describe, expect, it } from 'vitest';
import { secretResolver } from './secret-resolver.ts';
import { environmentOf, MissingValues } from './environment-of.ts';
import { UnknownNames } from '@backstay/document';

type Planned = Parameters<typeof environmentOf>[0];
const source = { line: 1 };
const variable = (name: string, value: string) => ({ name, from: 'value', value, source }) as const;
const fromSecret = (name: string, secret: string) => ({ name, from: 'secret', secret, source }) as const;
const provided = (name: string) => ({ name, from: 'provided', hint: 'any', source }) as const;

const plan = (environmentVariables: Planned['environmentVariables'], names: string[] = []): Planned => ({
  service: 'orders-api',
  version: '2.4.0',
  environment: 'production',
  commit: 'c0ffee',
  environmentVariables,
  secrets: [{ title: 'Secrets', names, origin: 'document', source }],
});
const context = { deploymentId: 'd-1', rollbackVersion: '2.3.0', stepKey: 'd-1/deploy.1' };
const resolver = () =>
  secretResolver('env', 'production', { DB_PASSWORD: 'hunter22', PRODUCTION__DB: 'postgres://db' });

describe('environmentOf', () => {
  it('joins written, provided and secret values, the names of secrets and the built-in names', () => {
    const asked = plan(
      [variable('LOG_LEVEL', 'info'), fromSecret('DATABASE_URL', 'DB'), provided('REGION')],
      ['DB_PASSWORD'],
    );
    expect(environmentOf(asked, resolver(), { REGION: 'eu' }, context).variables).toEqual({
      VERSION: '2.4.0',
      ROLLBACK_VERSION: '2.3.0',
      ENVIRONMENT: 'production',
      SERVICE: 'orders-api',
      COMMIT: 'c0ffee',
      DEPLOYMENT_ID: 'd-1',
      STEP_KEY: 'd-1/deploy.1',
      LOG_LEVEL: 'info',
      DATABASE_URL: 'postgres://db',
      REGION: 'eu',
      DB_PASSWORD: 'hunter22',
    });
  });

  it('prefers what is provided for this environment alone', () => {
    const given = { REGION: 'anywhere', PRODUCTION__REGION: 'eu', STAGING__REGION: 'us' };
    expect(environmentOf(plan([provided('REGION')]), resolver(), given, context).variables.REGION).toBe('eu');
    const { STAGING__REGION, PRODUCTION__REGION: _own, ...common } = given;
    const asked = { ...plan([provided('REGION')]), environment: 'staging' };
    expect(environmentOf(asked, resolver(), { ...common, STAGING__REGION }, context).variables.REGION).toBe('us');
    expect(environmentOf(asked, resolver(), common, context).variables.REGION).toBe('anywhere');
  });

  it('provides no setting of the platform and no value of another environment', () => {
    const given = { BACKSTAY_POSTGRES_URL: 'postgres://record', STAGING__PAY: 'pay-1234' };
    for (const name of Object.keys(given))
      expect(() => environmentOf(plan([provided(name)]), resolver(), given, context)).toThrow(MissingValues);
  });

  it('substitutes inside of written values, in any order', () => {
    const asked = plan([variable('URL', 'http://${HOST}/${VERSION}'), variable('HOST', '${SERVICE}.internal')]);
    expect(environmentOf(asked, resolver(), {}, context).variables.URL).toBe('http://orders-api.internal/2.4.0');
  });

  it('refuses a value that refers to itself or to nothing', () => {
    expect(() => environmentOf(plan([variable('A', '${B}'), variable('B', '${A}')]), resolver(), {}, context)).toThrow(
      UnknownNames,
    );
    expect(() => environmentOf(plan([variable('A', '${NOTHING}')]), resolver(), {}, context)).toThrow('${NOTHING}');
  });

  it('refuses what stands for more than its budget, at once', () => {
    const doubled = (before: number) => variable(`V${before + 1}`, `\${V${before}}\${V${before}}`);
    const bomb = [variable('V0', '${DB_PASSWORD}'), ...Array.from({ length: 60 }, (_, index) => doubled(index))];
    expect(() => environmentOf(plan(bomb, ['DB_PASSWORD']), resolver(), {}, context)).toThrow(
      'the variable V15 stands for more than 128 KiB with all that it refers to; write a shorter value',
    );
  });

  it('names all missing values at once', () => {
    const asked = plan([provided('REGION'), fromSecret('API', 'API_KEY')], ['DB_PASSWORD', 'HOOK']);
    expect(() => environmentOf(asked, resolver(), {}, context)).toThrow(MissingValues);
    expect(() => environmentOf(asked, resolver(), {}, context)).toThrow(
      'no value is provided for HOOK, REGION, API_KEY',
    );
  });

  it('lists what has to be masked: secrets, and provided values that carry credentials', () => {
    const asked = plan(
      [provided('REGION'), provided('REDIS_URL'), provided('API_KEY'), provided('DB')],
      ['DB_PASSWORD'],
    );
    const given = { REGION: 'eu', REDIS_URL: 'redis://:pw@cache', API_KEY: 'k-123' };
    const { confidential } = environmentOf(asked, resolver(), given, context);
    expect(confidential.map(({ name }) => name)).toEqual(['DB_PASSWORD', 'REDIS_URL', 'API_KEY', 'DB']);
  });

  it('takes a variable that holds a secret, also through others, for a secret', () => {
    const asked = plan(
      [variable('MADE', 'pre-${DB_PASSWORD}-post'), variable('URL', 'x/${MADE}'), variable('PLAIN', 'v${VERSION}')],
      ['DB_PASSWORD'],
    );
    const { confidential, hidden, open } = environmentOf(asked, resolver(), {}, context);
    expect([...hidden].sort()).toEqual(['DB_PASSWORD', 'MADE', 'URL']);
    expect(confidential.map((secret) => secret.reveal())).toEqual([
      'hunter22',
      'pre-hunter22-post',
      'x/pre-hunter22-post',
    ]);
    expect(open).toEqual(expect.arrayContaining(['2.4.0', 'orders-api', 'v2.4.0']));
    expect(open).not.toEqual(expect.arrayContaining([expect.stringContaining('hunter22')]));
  });

  it('names the declared secrets that are too short to be masked', () => {
    const short = secretResolver('env', 'production', { PIN: '4711', DB_PASSWORD: 'hunter22', API_KEY: 'k' });
    const asked = plan([fromSecret('GATE', 'PIN'), provided('API_KEY')], ['DB_PASSWORD']);
    expect(environmentOf(asked, short, { API_KEY: 'k' }, context).short).toEqual(['4711']);
  });

  it('leaves the rollback version out where there is none', () => {
    expect(
      environmentOf(plan([]), resolver(), {}, { deploymentId: 'd-1', rollbackVersion: null }).variables,
    ).not.toHaveProperty('ROLLBACK_VERSION');
  });
});
