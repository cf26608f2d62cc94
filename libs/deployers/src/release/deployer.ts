import { existsSync } from 'node:fs';
import type { Delivered, Deployer } from '../deployer.ts';
import { activate, deactivate, pointTo, serviceState, stopService, switchBack } from './activate.ts';
import { configurationDigest, configure, unconfigure } from './configure.ts';
import {
  currentLink,
  currentRelease,
  enter,
  logsFolder,
  releaseAt,
  releaseName,
  releaseWith,
  treeOf,
} from './layout.ts';
import { listReleases, place, prune } from './place.ts';

interface At {
  readonly root: string;
  readonly token: number;
  readonly release: string;
}

const at = ({ delivery, token, ...version }: Delivered): At => ({
  root: delivery.root,
  token,
  release: releaseName(version),
});

/** Releases beside each other on this machine, of which a link names the current one; Backstay keeps its service running. */
export const release: Deployer = {
  refusal({ hosts }) {
    const others = hosts.filter((host) => host !== 'local');
    if (others.length === 0) return null;
    return `hosts other than \`local\` are not supported in this version: ${others.join(', ')}`;
  },
  releaseOf: releaseName,
  async place(delivered, source) {
    const { delivery, token, version, commit } = delivered;
    const { changed } = await place({ root: delivery.root, token, source, version, commit });
    return { placed: changed };
  },
  async configure(delivered, environment) {
    const { changed, digest } = await configure({ ...at(delivered), deployment: delivered.deployment, environment });
    return { configured: changed, configurationDigest: digest };
  },
  async activate(delivered, start, starting) {
    const { restarted, durationMs } = await activate({ ...at(delivered), start, ...starting });
    return { restarted, durationMs };
  },
  async tidy({ delivery, token }, pinned) {
    return { pruned: await prune({ root: delivery.root, token, keep: delivery.keepReleases, pinned }) };
  },
  async stopNew(delivered, previous) {
    const { root, token, release: own } = at(delivered);
    const isNew = (await currentRelease(root))?.name === own && previous !== own;
    if (!isNew) return { stopped: false, why: 'the new release is not the current one' };
    await stopService({ root, token });
    return { stopped: true };
  },
  unconfigure: (delivered) => unconfigure({ ...at(delivered), deployment: delivered.deployment }),
  async goBack({ delivery, token }, previous) {
    const { root } = delivery;
    if (previous === null) {
      await deactivate({ root, token });
      return { current: null };
    }
    enter({ root, token });
    releaseAt(root, previous);
    await pointTo(root, previous);
    return { current: previous };
  },
  async restart({ delivery, token }, previous, starting) {
    const { restarted, durationMs } = await switchBack({ root: delivery.root, token, to: previous, ...starting });
    return { current: previous, restarted, durationMs };
  },
  current: ({ root }) => currentRelease(root),
  releases: async ({ root }) => (existsSync(root) ? listReleases(root) : []),
  state: ({ root }) => serviceState({ root }),
  configurationDigest: ({ root }, name) => configurationDigest({ root, release: name }),
  folderOf: ({ root }, name) => treeOf(root, name),
  currentFolder: ({ root }) => currentLink(root),
  ownLogs: ({ root }) => logsFolder(root),
  releaseWith: ({ root }, path) => releaseWith(root, path),
};
