/** What puts a release in place in this version. */
export const deployers = ['release'] as const;
/** Known, and not supported in this version. */
export const laterDeployers: readonly string[] = ['docker', 'kubernetes', 'command'];
