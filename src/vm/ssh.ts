import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Shell } from '../builder/shell.ts';

/** A key pair made for one VM, in its directory. */
export interface SshKey {
  readonly path: string;
  /** The public half, as in authorized_keys. */
  readonly publicKey: string;
}

/** Makes an Ed25519 key pair, replacing one of an earlier run. */
export async function makeSshKey(directory: string, shell: Shell): Promise<SshKey> {
  const path = join(directory, 'ssh-key');
  await rm(path, { force: true });
  await rm(`${path}.pub`, { force: true });
  await shell.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'onepilot', '-f', path]);
  return { path, publicKey: (await readFile(`${path}.pub`, 'utf8')).trim() };
}

/** Where the shared connection to the VM waits, beside the key. */
function controlPath(key: SshKey): string {
  return join(dirname(key.path), 'ssh.sock');
}

/**
 * Opens a connection that further commands share: under emulation a handshake takes a second. Those that come
 * before it is up, or after the VM has gone away, connect by themselves. It ends with this process at the latest.
 */
export function shareConnection(key: SshKey, port: number): void {
  const [ssh = 'ssh', ...rest] = sshCommand(key, port);
  const options = ['-M', '-N', '-o', 'ServerAliveInterval=2', '-o', 'ServerAliveCountMax=3'];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ssh, ...options, ...rest], {
    stdio: 'ignore',
  });
  child.on('error', () => undefined);
  child.unref();
}

/** The command line that reaches the VM as root. Its host key is new with each VM, so nothing is remembered. */
export function sshCommand(key: SshKey, port: number): string[] {
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    'ConnectTimeout=20',
    'IdentitiesOnly=yes',
    `ControlPath=${controlPath(key)}`,
  ];
  return [
    'ssh',
    ...['-F', 'none', '-i', key.path, '-p', String(port)],
    ...options.flatMap((option) => ['-o', option]),
    'root@127.0.0.1',
  ];
}
