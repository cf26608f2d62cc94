import { describe, expect, it } from 'vitest';
import { acceptPlan } from '../planning/accept-plan.ts';
import { lint } from '../reading/lint.ts';
import { printPlan } from '../printing/print-plan.ts';
import { fixture, planOf, sha256 } from '../testing/fixtures.test-support.ts';
import { kindOf } from './lookup.ts';

const notes = fixture('notes-api.md');
const restoreTitle = '3. Restore database to backup of step 3';
const migrateTitle = '3. Run database migrations (if applicable)';
const changed = (...changes: readonly (readonly [text: string, by: string])[]) =>
  changes.reduce((text, [from, to]) => text.replace(from, to), notes);
const below = (title: string, ...lines: readonly string[]) =>
  changed([title, [title, ...lines.map((line) => `   - ${line}`)].join('\n')]);

const stepOf = (text: string, id: string) => {
  const { plan } = planOf(text);
  return [...plan.steps, ...plan.rollback.steps].find((step) => step.id === id)!;
};
const restoring = (text: string) => stepOf(text, 'rollback.3').action;
const problems = (text: string) =>
  lint(text)
    .filter(({ code }) => code !== 'needs-context')
    .map(({ code, severity }) => `${severity} ${code}`);

describe('a step that restores a backup', () => {
  const usual = { kind: 'restore', engine: 'postgresql', step: 'pre.3', dataLossMs: 1_800_000, when: 'changed' };
  const { when: _when, ...always } = usual;

  it.each([
    ['as the template writes it', notes, usual],
    ['by a label', changed([restoreTitle, '3. Put it back\n   - Restore: backup']), usual],
    ['always, whichever backup its title names', below(restoreTitle, 'Restore: always'), always],
    ['always, by a title of its own', changed([restoreTitle, '3. Put it back\n   - Restore: Always']), always],
    [
      'always, by name',
      changed([restoreTitle, '3. Put it back\n   - Restore: backup of pre-deployment step 3, always']),
      always,
    ],
    [
      'always, with consent',
      below(restoreTitle, 'Restore: always', 'Data loss: accepted up to 5m'),
      { ...always, dataLossMs: 300_000 },
    ],
  ])('is read %s', (_how, text, action) => {
    expect(restoring(text)).toEqual(action);
  });

  it('refuses another word by its place', () => {
    expect(lint(below(restoreTitle, 'Restore: sometimes'))).toContainEqual(
      expect.objectContaining({ code: 'bad-value', message: expect.stringContaining('“always”') }),
    );
  });

  it('says in the plan when it restores', () => {
    const describe = (text: string) => {
      const { plan } = planOf(text);
      const { action } = plan.rollback.steps[2]!;
      return kindOf(action).describe(action, plan, String);
    };
    expect(describe(notes)).toContain('restore the backup of pre.3 where a recorded step changed the database since');
    expect(describe(below(restoreTitle, 'Restore: always'))).toContain('restore the backup of pre.3 always');
  });

  it('is another procedure where it restores always, and the same one as ever where it does not', () => {
    const { procedureDigest } = planOf(notes).plan;
    expect(planOf(below(restoreTitle, 'Restore: always')).plan.procedureDigest).not.toBe(procedureDigest);
  });

  it('that no step can cause is warned of', () => {
    const none = below(migrateTitle, 'Changes database: no');
    expect(problems(none)).toContain('warning never-restored');
    expect(problems(notes)).not.toContain('warning never-restored');
    const own = none.replace(restoreTitle, `${restoreTitle}\n   - Restore: always`);
    expect(problems(own)).not.toContain('warning never-restored');
    const restarting = none.replace('6. Restart services', '6. Restart services\n   - Changes database: yes');
    expect(problems(restarting)).not.toContain('warning never-restored');
  });
});

describe('a step that changes a database', () => {
  it.each([
    ['migrations do', notes, 'any'],
    ['migrations that are said not to do not', below(migrateTitle, 'Changes database: no'), undefined],
    ['migrations without a change do not', below(migrateTitle, 'Mutates: no'), undefined],
    ['migrations of a command of their own do', below(migrateTitle, 'Run: `./migrate`', 'Undo: none'), 'any'],
    ['migrations by a person do', below(migrateTitle, 'Manual: confirmed by dba'), 'any'],
    ['the named one', below(migrateTitle, 'Changes database: PostgreSQL `${DATABASE_URL}`'), ['${DATABASE_URL}']],
    ['a bare name', below(migrateTitle, 'Changes database: ${DATABASE_URL}'), ['${DATABASE_URL}']],
  ])('%s', (_what, text, databases) => {
    expect(stepOf(text, 'deploy.3').changesDatabase).toEqual(databases);
  });

  it.each([
    ['a command', 'Run: `./load`'],
    ['a request', 'Request: GET `http://127.0.0.1:8080/load`'],
    ['a person', 'Manual: confirmed by dba'],
  ])('is %s that says so, and changes something by that', (_what, action) => {
    const text = changed([migrateTitle, `3. Load the prices\n   - ${action}\n   - Changes database: yes`]);
    expect(stepOf(text, 'deploy.3')).toMatchObject({ changesDatabase: 'any', mutates: true });
  });

  it('is one that switches to a release which migrates as it starts', () => {
    const text = below('6. Restart services', 'Changes database: yes');
    expect(stepOf(text, 'deploy.6')).toMatchObject({ changesDatabase: 'any', action: { kind: 'deploy' } });
  });

  it('is none whose binding is missing', () => {
    const { plan } = planOf(below(migrateTitle, 'Changes database: yes'), { bindings: undefined });
    expect(plan.steps.find(({ id }) => id === 'deploy.3')).toMatchObject({ action: { kind: 'not-applicable' } });
    expect(plan.steps.find(({ id }) => id === 'deploy.3')).not.toHaveProperty('changesDatabase');
  });

  it.each(['Changes database: no', 'Changes database: yes', 'Changes database: PostgreSQL `${DATABASE_URL}`'])(
    'is printed and read again as the same: %s',
    (line) => {
      const { plan, digest } = planOf(below(migrateTitle, line, 'Run: `./migrate`', 'Undo: none'));
      expect(planOf(printPlan(plan)).digest).toBe(digest);
    },
  );

  it('is another procedure than one that does not', () => {
    const digests = ['no', 'yes', '${DATABASE_URL}'].map(
      (value) => planOf(below(migrateTitle, `Changes database: ${value}`)).plan.procedureDigest,
    );
    expect(new Set(digests).size).toBe(3);
    expect(digests[1]).toBe(planOf(notes).plan.procedureDigest);
  });

  it.each([
    ['a step that reaches none', 'pre.4', { changesDatabase: 'any' }],
    ['a step that changes nothing', 'deploy.3', { changesDatabase: 'any', mutates: false }],
  ])('is in a JSON plan not %s', (_what, id, changes) => {
    const { plan } = planOf(notes);
    const steps = plan.steps.map((step) => (step.id === id ? { ...step, ...changes } : step));
    expect(acceptPlan({ ...plan, steps }, sha256)).toMatchObject({
      ok: false,
      problems: expect.arrayContaining([
        expect.objectContaining({ message: expect.stringContaining('changesDatabase is read only of') }),
      ]),
    });
  });
});
