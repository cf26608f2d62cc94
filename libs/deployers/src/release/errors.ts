/** The release that was named is not laid out below the root. */
export class ReleaseMissing extends Error {
  override readonly name = 'ReleaseMissing';

  constructor(
    readonly root: string,
    readonly release: string,
  ) {
    super(`there is no release ${release} below ${root}`);
  }
}

/** The release is the current one and cannot be taken away. */
export class ReleaseInUse extends Error {
  override readonly name = 'ReleaseInUse';

  constructor(readonly release: string) {
    super(`the release ${release} is the current one`);
  }
}

/**
 * The release was switched to and started, but did not become ready in time, or ended again and again. Its words are in the log
 * at `log`; `said` is the end of what it wrote there since, as it came: it may hold secrets, so the message does not have it.
 */
export class NotReady extends Error {
  override readonly name = 'NotReady';

  constructor(
    readonly release: string,
    why: string,
    readonly log: string,
    readonly output: string,
  ) {
    super(`the release ${release} did not become ready: ${why}; its log is ${log}`);
  }
}

/** The process manager could not start, stop or describe the service. */
export class ServiceProblem extends Error {
  override readonly name = 'ServiceProblem';
}
