/** Commands and services are ended as process groups. Throws where the system has none. */
export function requireProcessGroups(): void {
  if (process.platform === 'win32')
    throw new Error('running commands and services needs process groups, which Windows does not have');
}
