/** The first file descriptor that systemd passes (sd_listen_fds(3)). */
const firstPassed = 3;

interface PassedSockets {
  readonly https: { readonly fd: number };
  /** Not passed where something else has port 80. */
  readonly plain: { readonly fd: number } | undefined;
}

/**
 * The sockets that systemd passes to the process `pid`, by the names that their units give them (FileDescriptorName=);
 * undefined when it passes none to it. Pure.
 */
export function passedSockets(
  { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = '' }: NodeJS.ProcessEnv,
  pid: number,
): PassedSockets | undefined {
  const count = Number(LISTEN_FDS);
  if (Number(LISTEN_PID) !== pid || !(count >= 1)) return undefined;
  const names = LISTEN_FDNAMES.split(':').slice(0, count);
  const called = (name: string) =>
    names.includes(name) ? { fd: firstPassed + names.indexOf(name) } : undefined;
  return { https: called('https') ?? { fd: firstPassed }, plain: called('http') };
}
