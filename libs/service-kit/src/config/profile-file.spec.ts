import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProfileFile, ProfileUnreadable } from './profile-file.ts';

const profileOf = (service: string) =>
  `environments:\n  staging:\n    services:\n      ${service}:\n        hosts: [local]\n`;

describe('the profile file', () => {
  let directory: string;
  const file = (name: string) => join(directory, name);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'profile-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const servicesIn = async (profiles: ProfileFile) => {
    const parsed = await profiles.read();
    return parsed?.ok === true ? Object.keys(parsed.profiles.environments['staging']?.services ?? {}) : parsed;
  };

  it('may be absent', async () => {
    expect(await new ProfileFile(undefined).read()).toBeNull();
  });

  it('is parsed once for each text', async () => {
    const profiles = new ProfileFile(file('same.yaml'));
    await writeFile(file('same.yaml'), profileOf('notes'));
    const first = await profiles.read();
    await writeFile(file('same.yaml'), profileOf('notes'));
    expect(await profiles.read()).toBe(first);
  });

  it('is known as it is now, also where size and time of the file are the same', async () => {
    const profiles = new ProfileFile(file('other.yaml'));
    await writeFile(file('other.yaml'), profileOf('notes'));
    await utimes(file('other.yaml'), 1, 1);
    expect(await servicesIn(profiles)).toEqual(['notes']);
    await writeFile(file('other.yaml'), profileOf('tasks'));
    await utimes(file('other.yaml'), 1, 1);
    expect(await servicesIn(profiles)).toEqual(['tasks']);
  });

  it('has problems until they are corrected', async () => {
    const profiles = new ProfileFile(file('wrong.yaml'));
    await writeFile(file('wrong.yaml'), 'environments: 7\n');
    expect(await profiles.read()).toMatchObject({ ok: false });
    await writeFile(file('wrong.yaml'), profileOf('notes'));
    expect(await servicesIn(profiles)).toEqual(['notes']);
  });

  it('has a problem at the byte that is not UTF-8', async () => {
    await writeFile(file('latin.yaml'), Buffer.from(`# caf\xE9\n${profileOf('notes')}`, 'latin1'));
    expect(await new ProfileFile(file('latin.yaml')).read()).toMatchObject({
      ok: false,
      problems: [{ file: 'environments.yaml', line: 1, column: 6, code: 'encoding' }],
    });
  });

  it('that cannot be read is named', async () => {
    const reading = new ProfileFile(file('nowhere.yaml')).read();
    await expect(reading).rejects.toBeInstanceOf(ProfileUnreadable);
    await expect(reading).rejects.toMatchObject({ file: file('nowhere.yaml'), code: 'ENOENT' });
  });
});
