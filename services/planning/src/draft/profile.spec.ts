import { describe, expect, it } from 'vitest';
import { ProfileFile } from '@backstay/service-kit';
import { profileOf } from './profile.ts';

const platform = (path?: string) => ({ profiles: new ProfileFile(path) });

describe('the environment profile', () => {
  it('may be absent', async () => {
    expect(await profileOf(platform(), 'staging', 'notes')).toBeUndefined();
  });

  it('is a problem of the request when its file cannot be read', async () => {
    await expect(profileOf(platform('nowhere/environments.yaml'), 'staging', 'notes')).rejects.toMatchObject({
      problems: [{ code: 'profile-unreadable', message: expect.stringContaining('ENOENT') }],
    });
  });
});
