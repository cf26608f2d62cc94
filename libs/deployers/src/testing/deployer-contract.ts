import { realpath } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '@backstay/document';
import type { Account } from '@backstay/hosts';
import type { Delivered, Deployer, Readiness } from '../deployer.ts';

/** A place of its own for the releases of a small service, which responds with its version and with what GREETING says. */
export interface DeliveryStage {
  readonly delivery: Delivery;
  /** A built tree of this version. */
  source(version: string): string;
  readonly start: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ready: Readiness;
  served(): Promise<{ readonly version: string; readonly greeting: string | null }>;
  /** A user other than root, and the number of the one that the service runs as. */
  readonly otherUser: Account;
  servedAs(): Promise<number>;
  remove(): Promise<void>;
}

const commitOf = (version: string): string => version.replaceAll('.', 'f').padEnd(40, '0');

/** What every deployer must do, to the end of a rollback. */
export function deployerContract(name: string, deployer: Deployer, open: () => Promise<DeliveryStage>): void {
  describe(`the deployer ${name}`, () => {
    let stage: DeliveryStage;
    beforeEach(async () => {
      stage = await open();
    });
    afterEach(() => stage.remove());

    const never = new AbortController().signal;
    const starting = (timeoutMs = 15_000, runAs?: Account) => ({ ready: stage.ready, timeoutMs, signal: never, runAs });
    const delivered = (version: string, token: number, more: Partial<Delivery> = {}): Delivered => ({
      delivery: { ...stage.delivery, ...more },
      version,
      commit: commitOf(version),
      deployment: `d-${version}`,
      token,
    });
    const releaseOf = (version: string) => deployer.releaseOf({ version, commit: commitOf(version) });

    async function deploy(
      version: string,
      token: number,
      more: Readonly<Record<string, string>> = {},
      runAs?: Account,
    ) {
      const what = delivered(version, token);
      const placed = await deployer.place(what, stage.source(version));
      const configured = await deployer.configure(what, { ...stage.environment, ...more });
      return { ...placed, ...configured, ...(await deployer.activate(what, stage.start, starting(15_000, runAs))) };
    }

    it('serves what it has placed, configured and activated; a second time changes nothing', async () => {
      const details = await deploy('1.0.0', 1, { GREETING: 'hello' });
      expect(details).toMatchObject({ placed: true, configured: true, restarted: true });
      expect(await stage.served()).toMatchObject({ version: '1.0.0', greeting: 'hello' });
      expect(await deployer.state(stage.delivery)).toMatchObject({
        status: 'running',
        pid: expect.any(Number),
        release: releaseOf('1.0.0'),
      });
      expect(await deployer.current(stage.delivery)).toMatchObject({ version: '1.0.0', name: releaseOf('1.0.0') });
      const again = await deploy('1.0.0', 1, { GREETING: 'hello' });
      expect(again).toMatchObject({ placed: false, configured: false, restarted: false });
      expect(deployer.configurationDigest(stage.delivery, releaseOf('1.0.0'))).toBe(details['configurationDigest']);
    });

    it('goes back: the new release stops, and the previous one serves with the configuration that it had', async () => {
      await deploy('1.0.0', 1, { GREETING: 'old' });
      await deploy('2.0.0', 2, { GREETING: 'new' });
      expect(await stage.served()).toMatchObject({ version: '2.0.0', greeting: 'new' });
      const undone = delivered('2.0.0', 3);
      const previous = releaseOf('1.0.0');
      for (const round of ['first', 'again']) {
        await deployer.stopNew(undone, previous);
        await deployer.unconfigure(undone);
        expect([round, await deployer.goBack(undone, previous)]).toEqual([round, { current: previous }]);
        expect(await deployer.restart(undone, previous, starting())).toMatchObject({ current: previous });
        expect(await stage.served()).toMatchObject({ version: '1.0.0', greeting: 'old' });
        expect(await deployer.state(stage.delivery)).toMatchObject({ status: 'running', release: previous });
      }
    });

    it.skipIf(process.getuid?.() !== 0)('runs as the user that is named, also what ran as another before', async () => {
      const { otherUser } = stage;
      await deploy('1.0.0', 1);
      expect(await stage.servedAs()).toBe(0);
      expect(await deploy('1.0.0', 2, {}, otherUser)).toMatchObject({ restarted: true });
      expect(await stage.servedAs()).toBe(otherUser.uid);
      expect(await deploy('1.0.0', 3, {}, otherUser)).toMatchObject({ restarted: false });
      await deploy('2.0.0', 4);
      const undone = delivered('2.0.0', 5);
      expect(await deployer.stopNew(undone, releaseOf('1.0.0'))).toMatchObject({ stopped: true });
      await deployer.goBack(undone, releaseOf('1.0.0'));
      await deployer.restart(undone, releaseOf('1.0.0'), starting(15_000, otherUser));
      expect([(await stage.served()).version, await stage.servedAs()]).toEqual(['1.0.0', otherUser.uid]);
      await deployer.stopNew(delivered('1.0.0', 6), null);
      expect(await deployer.state(stage.delivery)).toMatchObject({ status: 'stopped', pid: null });
    });

    it('stops nothing where the new release never served', async () => {
      await deploy('1.0.0', 1);
      await deployer.place(delivered('2.0.0', 2), stage.source('2.0.0'));
      expect(await deployer.stopNew(delivered('2.0.0', 3), releaseOf('1.0.0'))).toMatchObject({ stopped: false });
      expect(await stage.served()).toMatchObject({ version: '1.0.0' });
    });

    it('leaves nothing that is current where nothing ran before', async () => {
      await deploy('1.0.0', 1);
      await deployer.stopNew(delivered('1.0.0', 2), null);
      await deployer.goBack(delivered('1.0.0', 2), null);
      expect(await deployer.current(stage.delivery)).toBeNull();
      expect(await deployer.state(stage.delivery)).toMatchObject({ status: 'stopped', pid: null });
    });

    it('fails with the words of a release that does not become ready', async () => {
      const what = delivered('1.0.0', 1);
      await deployer.place(what, stage.source('1.0.0'));
      await deployer.configure(what, { ...stage.environment, CRASH: 'yes' });
      await expect(deployer.activate(what, stage.start, starting(3_000))).rejects.toMatchObject({
        name: 'NotReady',
        output: expect.stringContaining('going down'),
      });
    });

    it('changes nothing for a token that was overtaken', async () => {
      await deploy('1.0.0', 5);
      const late = delivered('2.0.0', 4);
      const acts = [
        () => deployer.place(late, stage.source('2.0.0')),
        () => deployer.configure(late, stage.environment),
        () => deployer.activate(late, stage.start, starting()),
        () => deployer.goBack(late, null),
        () => deployer.tidy(late, []),
      ];
      for (const act of acts) await expect(act()).rejects.toMatchObject({ name: 'StaleToken' });
      expect(await stage.served()).toMatchObject({ version: '1.0.0' });
    });

    it('removes old releases, never the current one nor one that is still needed', async () => {
      for (const [index, version] of ['1.0.0', '2.0.0', '3.0.0'].entries())
        await deployer.place(delivered(version, index + 1), stage.source(version));
      await deploy('4.0.0', 4);
      await deployer.tidy(delivered('4.0.0', 5, { keepReleases: 1 }), [releaseOf('1.0.0')]);
      const left = (await deployer.releases(stage.delivery)).map(({ version }) => version);
      expect(left).toEqual(['4.0.0', '1.0.0']);
    });

    it('knows whose a file is, also when its release is gone', async () => {
      await deploy('1.0.0', 1);
      const folder = deployer.folderOf(stage.delivery, releaseOf('1.0.0'));
      const gone = deployer.folderOf(stage.delivery, releaseOf('0.9.0'));
      const current = deployer.currentFolder(stage.delivery);
      if (folder === null || gone === null) return expect([folder, gone, current]).toEqual([null, null, null]);
      expect(deployer.releaseWith(stage.delivery, `${folder}/logs/app.log`)).toBe(releaseOf('1.0.0'));
      expect(deployer.releaseWith(stage.delivery, `${gone}/app.log`)).toBe(releaseOf('0.9.0'));
      expect(deployer.releaseWith(stage.delivery, '/var/log/app.log')).toBeNull();
      expect(current === null ? null : await realpath(current)).toBe(current === null ? null : await realpath(folder));
    });

    it('knows before anything is changed what it cannot deliver', () => {
      expect(deployer.refusal(stage.delivery)).toBeNull();
      expect(deployer.refusal({ ...stage.delivery, hosts: ['nobody@nowhere.invalid'] })).toContain('not supported');
    });
  });
}
