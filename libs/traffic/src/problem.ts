/** Why traffic was not moved, in a message that name backend, server or socket. */
export class ProxyProblem extends Error {
  override readonly name = 'ProxyProblem';
}
