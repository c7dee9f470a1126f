import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** A VM without a VM: files, and programs that say what they are told to. */
export interface PretendedVm {
  /** By their absolute path in the VM. */
  readonly files: Readonly<Record<string, string>>;
  /** Shell scripts by name. */
  readonly programs: Readonly<Record<string, string>>;
  readonly toldOneGate: Readonly<Record<string, string>>;
}

/** `openssl s_client` to a gateway that answers as `routes` say: shell patterns of requests, and what they get. */
function gateway(routes: readonly (readonly [string, string])[]): string {
  const cases = routes.map(([pattern, answer]) => `${pattern}) printf 'HTTP/1.1 ${answer}' ;;`);
  return ['case $(cat) in', ...cases, 'esac'].join('\n');
}

/** One that is as the certification wants it, for the context that is submitted. */
export const wellVm: PretendedVm = {
  files: {
    '/etc/motd': ' All set and ready to serve 8)\n',
    '/etc/one-appliance/status': 'bootstrap_success\n',
    '/etc/onepilot/engine.ini': '[*]\nthreads = 1\n',
  },
  programs: {
    systemctl: 'echo active',
    onepilot: 'echo a-key',
    openssl: gateway([
      [
        "'GET /v1/models '*'Authorization: Bearer a-key'*",
        '200 OK\\r\\n\\r\\n{"data": [{"id": "a", "context_length": 4096}]}',
      ],
      ["'GET /v1/models '*", '401 Unauthorized\\r\\n\\r\\n'],
      ["'GET /health '* | 'GET /api/version '*", '200 OK\\r\\n\\r\\n'],
    ]),
    passwd: 'echo root L 2026-11-21 0 99999 7 -1',
    sshd: 'echo passwordauthentication no',
  },
  toldOneGate: {},
};

/** One of which everything that is asked is wrong. */
export const brokenVm: PretendedVm = {
  files: {
    '/etc/motd': ' Bootstrap: step failed.\n',
    '/etc/one-appliance/status': 'bootstrap_failure\n',
    '/etc/onepilot/engine.ini': '[*]\nthreads = 10\n',
  },
  programs: {
    systemctl: 'echo inactive; exit 3',
    onepilot: 'exit 1',
    openssl: gateway([
      ["*'Authorization: Bearer '*", '401 Unauthorized\\r\\n\\r\\n'],
      ["'GET /v1/models '*", '200 OK\\r\\n\\r\\n{"data": [{"id": "a"}]}'],
      ['*', '503 Service Unavailable\\r\\n\\r\\n'],
    ]),
    passwd: 'echo root P 2026-11-21 0 99999 7 -1',
    sshd: 'echo passwordauthentication yes',
  },
  toldOneGate: { READY: 'YES' },
};

/** Puts an `ssh` that leads into `vm` into the folder of the front-end's commands. @returns its environment */
export async function pretendVm(
  commands: string,
  { files, programs }: Pick<PretendedVm, 'files' | 'programs'>,
): Promise<Record<string, string>> {
  await symlink(resolve(import.meta.dirname, 'commands/pretended-ssh'), join(commands, 'ssh'));
  const root = join(commands, 'pretended-vm');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await mkdir(join(root, 'bin'), { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(root, 'bin', name), `#!/bin/sh\n${script}\n`);
    await chmod(join(root, 'bin', name), 0o755);
  }
  return { PRETENDED_VM: root };
}
