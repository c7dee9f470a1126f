/** The environment systemd gives a service of the system (systemd.exec(5)), as far as anything here heeds it. */
const systemEnvironment = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'LANG=C.UTF-8',
];

/**
 * The command that a unit file of ours starts, with its environment and nothing else. Quotes are not understood;
 * our units have none there.
 * @param text The unit file.
 */
export function unitCommand(text: string): string[] {
  const values = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
  const [command = ''] = values('ExecStart');
  return ['env', '-i', ...systemEnvironment, ...values('Environment'), ...command.split(' ')];
}
