import { describe, expect, it } from 'vitest';
import { parseSockets, strangeSockets } from '../../../src/audit/listening.ts';
import { readPolicy } from '../../../src/audit/policy.ts';

/** As `ss -H -lntup` of iproute2 prints it, wide as it comes. */
const appliance = `
udp   UNCONN 0      0         127.0.0.54:53        0.0.0.0:*    users:(("systemd-resolve",pid=301,fd=19))
udp   UNCONN 0      0      127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=301,fd=17))
udp   UNCONN 0      0     10.0.2.15%eth0:68        0.0.0.0:*    users:(("systemd-network",pid=280,fd=22))
udp   UNCONN 0      0      [fe80::1]%eth0:546         [::]:*    users:(("systemd-network",pid=280,fd=23))
udp   UNCONN 0      0            0.0.0.0:54321     0.0.0.0:*    users:(("systemd-timesyn",pid=305,fd=12))
tcp   LISTEN 0      4096   127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=301,fd=18))
tcp   LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    users:(("sshd",pid=402,fd=6))
tcp   LISTEN 0      512        127.0.0.1:38471     0.0.0.0:*    users:(("llama-server",pid=611,fd=12))
tcp   LISTEN 0      128             [::]:22           [::]:*    users:(("sshd",pid=402,fd=7))
tcp   LISTEN 0      128                *:80              *:*    users:(("MainThread",pid=510,fd=4),("systemd",pid=1,fd=58))
tcp   LISTEN 0      1024               *:443             *:*    users:(("MainThread",pid=510,fd=3),("systemd",pid=1,fd=57))
`;

async function strange(output: string): Promise<string[]> {
  return strangeSockets(parseSockets(output), await readPolicy());
}

describe('the sockets of a running appliance', () => {
  it('are read with address, port and processes', () => {
    const sockets = parseSockets(appliance);
    expect(sockets).toHaveLength(11);
    expect(sockets[1]).toEqual({
      protocol: 'udp',
      address: '127.0.0.53',
      port: 53,
      processes: ['systemd-resolve'],
    });
    expect(sockets[3]).toEqual({
      protocol: 'udp',
      address: 'fe80::1',
      port: 546,
      processes: ['systemd-network'],
    });
    expect(sockets[10]?.processes).toEqual(['MainThread', 'systemd']);
  });

  it('are those that audit.yaml states', async () => {
    expect(await strange(appliance)).toEqual([]);
  });

  it.each([
    ['tcp LISTEN 0 128 *:9229 *:* users:(("node",pid=7,fd=3))', 'node listens on tcp *:9229'],
    ['tcp LISTEN 0 128 0.0.0.0:443 0.0.0.0:* users:(("nc",pid=7,fd=3))', 'nc listens on tcp 0.0.0.0:443'],
    [
      'udp UNCONN 0 0 0.0.0.0:53 0.0.0.0:* users:(("systemd-resolve",pid=7,fd=3))',
      'systemd-resolve listens on udp 0.0.0.0:53',
    ],
    [
      'tcp LISTEN 0 512 [fd00::2]:38471 [::]:* users:(("llama-server",pid=7,fd=3))',
      'llama-server listens on tcp [fd00::2]:38471',
    ],
    ['udp UNCONN 0 0 [::]:111 [::]:*', 'an unknown process listens on udp [::]:111'],
  ])('are found out when nobody stated them: %s', async (line, finding) => {
    expect(await strange(`${appliance}${line}\n`)).toEqual([finding]);
  });

  it('are not guessed from other output', () => {
    expect(() => parseSockets('Cannot open netlink socket: Operation not permitted')).toThrow(/no socket/);
  });
});
