import { Inject, Injectable } from '@nestjs/common';
import { problemsOfRehearsal, type CommitInfo, type DeployRequest, type EnvironmentState } from '@backstay/deployment';
import type { Blocker, Plan, Problem } from '@backstay/document';
import { lineNaming } from '@backstay/git';
import {
  environmentInTheWay,
  leftToPreflight,
  rejected,
  type InTheWay,
  type LeftToPreflight,
} from '@backstay/projections';
import { PLATFORM, type Platform } from '@backstay/service-kit';
import { Deployments } from '../deployments/deployments.ts';
import { Environments } from '../environments/environments.ts';
import { OpenWaits } from './open-waits.ts';
import { plannable, subjectOf, type Subject, type Wanted } from './plannable.ts';
import { findProfile, type FoundProfile } from './profiles.ts';
import { Repositories, type Looked } from './repositories.ts';
import { chosenBindings, standingProblems, type GivenBindings, type UsedBindings } from './used-bindings.ts';

export interface DryRun {
  readonly digest: string;
  readonly plan: Plan;
  /** The exact commit; null where the document names no repository, or where it was not read. */
  readonly commit: CommitInfo | null;
  /** Which bindings gave the lines their meaning; null: none. */
  readonly bindings: UsedBindings | null;
  readonly warnings: readonly Problem[];
  /** What blocks it now: it would wait, or be rejected. */
  readonly blockers: readonly InTheWay[];
  /** What would block it, had the request not overridden it as the profile allows. */
  readonly overridden: readonly (Blocker & { readonly reason: string })[];
  /** What could not be looked at, so that it may block all the same. */
  readonly unknown: readonly Blocker[];
  /** What only the preflight can find out. */
  readonly preflight: readonly LeftToPreflight[];
}

type Asked = Wanted &
  Pick<DeployRequest, 'commit' | 'overrides' | 'rehearse'> & { readonly bindings?: GivenBindings | undefined };

interface Readers {
  readonly deployments: Deployments;
  readonly environments: Environments;
  readonly waits: OpenWaits;
  readonly repositories: Repositories;
}

/** Plans without anything coming of it: from the document, the deployed repository, the profile and what is recorded. */
@Injectable()
export class DryRuns {
  readonly #readers: Readers;
  readonly #platform: Pick<Platform, 'profiles' | 'digest' | 'now'>;

  constructor(
    deployments: Deployments,
    environments: Environments,
    waits: OpenWaits,
    repositories: Repositories,
    @Inject(PLATFORM) platform: Pick<Platform, 'profiles' | 'digest' | 'now'>,
  ) {
    this.#readers = { deployments, environments, waits, repositories };
    this.#platform = platform;
  }

  /**
   * @param mayRead whether the repository that the request names is read for who asks
   * @throws {InvalidDocument}
   */
  async of(asked: Asked, mayRead: boolean): Promise<DryRun> {
    const { digest: sha256 } = this.#platform;
    const subject = subjectOf(asked, sha256);
    const found = await findProfile(this.#platform, subject.environment, subject.service);
    const looked = await this.#look(subject, asked, mayRead);
    const { used, bindings } = chosenBindings(looked, asked.bindings);
    const { plan, digest, warnings, blockers } = plannable(asked, sha256, {
      profile: found.profile,
      profiles: found.profiles,
      bindings,
      ...(looked?.kind === 'read' ? { commit: looked.commit.sha } : {}),
    });
    const standing = [
      ...[...found.blockers, ...profileless(asked, plan, found), ...refusals(looked, asked), ...blockers].map(rejected),
      ...(asked.rehearse === true ? problemsOfRehearsal(plan) : []).map(({ code, message, line }) =>
        rejected({ code, message, line }),
      ),
      ...(await this.#readers.waits.of(plan)),
      ...environmentInTheWay(plan, await this.#stateFor(plan), { at: this.#platform.now(), rehearse: asked.rehearse }),
    ];
    return {
      digest,
      plan,
      commit: looked?.kind === 'read' ? looked.commit : null,
      bindings: used,
      warnings: [...(looked?.kind === 'read' ? looked.warnings : []), ...warnings],
      ...parted(standing, asked.overrides ?? []),
      unknown: unread(looked),
      preflight: leftToPreflight(plan),
    };
  }

  async #look({ repository, ref }: Subject, { document, commit }: Asked, mayRead: boolean): Promise<Looked | null> {
    if (repository === undefined || ref === undefined) return null;
    if (!mayRead) return { kind: 'not-read', why: 'repositories are read for the role operator only' };
    const line = document === undefined ? 1 : lineNaming(document, ref);
    return this.#readers.repositories.look({ repository, ref, commit, line });
  }

  /** A holder that has ended blocks nobody: the next claimant settles it. */
  async #stateFor({ service, environment }: Plan): Promise<EnvironmentState> {
    const state = await this.#readers.environments.state(service, environment);
    if (state.holder === null) return state;
    return (await this.#readers.deployments.hasEnded(state.holder)) ? { ...state, holder: null } : state;
  }
}

/** A plan says nothing of hosts and channels itself: without an entry of the profile it is refused. */
function profileless(
  { document }: Asked,
  { service, environment }: Plan,
  { profile, blockers }: FoundProfile,
): Blocker[] {
  if (document !== undefined || profile !== undefined || blockers.length > 0) return [];
  const message = `the environment profile has no entry for ${service} in ${environment}; a plan needs one`;
  return [{ code: 'missing-profile-entry', message }];
}

/** A problem of another file names it. */
function refusals(looked: Looked | null, { bindings }: Asked): readonly Blocker[] {
  return standingProblems(looked, bindings).map(({ code, message, line, file }) =>
    file === undefined ? { code, message, line } : { code, message: `${file}:${line}: ${message}` },
  );
}

function unread(looked: Looked | null): readonly Blocker[] {
  if (looked?.kind !== 'not-read') return [];
  const message = `the deployed repository was not looked at, so that its bindings and the exact commit are not known: ${looked.why}`;
  return [{ code: 'repository-not-read', message }];
}

function parted(
  standing: readonly InTheWay[],
  overrides: NonNullable<DeployRequest['overrides']>,
): Pick<DryRun, 'blockers' | 'overridden'> {
  const reasonFor = ({ code, overridable }: InTheWay): string | undefined =>
    overridable ? overrides.find((each) => each.code === code)?.reason : undefined;
  return {
    blockers: standing.filter((each) => reasonFor(each) === undefined),
    overridden: standing.flatMap((each) => {
      const reason = reasonFor(each);
      return reason === undefined ? [] : [{ code: each.code, message: each.message, reason }];
    }),
  };
}
