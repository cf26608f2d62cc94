/** The repository could not be read: wrong address, no access, no network. `repository` carries no credentials. */
export class RepositoryUnreachable extends Error {
  override readonly name = 'RepositoryUnreachable';

  constructor(
    readonly repository: string,
    why: string,
  ) {
    super(`the repository ${repository} cannot be read: ${why}`);
  }
}

/** The repository was read and has no such branch, tag or commit, or more than one meaning of it. */
export class RefNotFound extends Error {
  override readonly name = 'RefNotFound';

  constructor(
    readonly repository: string,
    readonly ref: string,
    why: string,
  ) {
    super(`${repository} has no usable ref \`${ref}\`: ${why}`);
  }
}

/** The repository is readable, but holds something that this version of Backstay does not deploy. */
export class RepositoryNotSupported extends Error {
  override readonly name = 'RepositoryNotSupported';
}
