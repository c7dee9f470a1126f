import { describe, expect, it } from 'vitest';
import { cleanNodes, findings, type Nodes } from './small-image.ts';

const system = '/etc/systemd/system';
const user = '/etc/systemd/user';
const misled = (link: string, target: string) =>
  `services: ${link} leads to ${target}, which is no unit that bears its name`;
const unowned = (path: string) => `ownership: ${path} belongs to no package and is not in the manifest`;

/** Links below /etc/systemd, and all that is found then. */
const spoiled: Readonly<Record<string, { readonly nodes: Nodes; readonly found: readonly string[] }>> = {
  'a unit of users that leads out of the system': {
    nodes: { [`${user}/default.target.wants/spy.service`]: { target: '/var/tmp/spy.service' } },
    found: [
      `services: ${user}/default.target.wants/spy.service starts what nobody stated`,
      misled(`${user}/default.target.wants/spy.service`, '/var/tmp/spy.service'),
    ],
  },
  'a unit in the place of a known one': {
    nodes: { [`${system}/ssh.service`]: { target: '/boot/evil.service' }, '/boot/evil.service': '' },
    found: [misled(`${system}/ssh.service`, '/boot/evil.service')],
  },
  'a known name that starts another unit': {
    nodes: {
      [`${system}/multi-user.target.wants/ssh.service`]: { target: '/usr/lib/systemd/system/lvm.service' },
    },
    found: [misled(`${system}/multi-user.target.wants/ssh.service`, '/usr/lib/systemd/system/lvm.service')],
  },
  'a name that a unit does not give itself': {
    nodes: { [`${system}/dbus.service`]: { target: '/usr/lib/systemd/system/ssh.service' } },
    found: [misled(`${system}/dbus.service`, '/usr/lib/systemd/system/ssh.service')],
  },
  'a unit that is not there': {
    nodes: {
      [`${system}/multi-user.target.wants/ssh.service`]: { target: '/usr/lib/systemd/system/ssh2.service' },
    },
    found: [misled(`${system}/multi-user.target.wants/ssh.service`, '/usr/lib/systemd/system/ssh2.service')],
  },
  'a masked unit of users': {
    nodes: { [`${user}/dbus.socket`]: { target: '/dev/null' } },
    found: [`services: ${user}/dbus.socket masks what nobody stated`],
  },
  'drop-ins that are links': {
    nodes: {
      [`${system}/ssh.service.d`]: { target: '/var/tmp/ssh.service.d' },
      [`${user}/default.target.wants`]: { target: '/var/tmp/wants' },
    },
    found: [unowned(`${system}/ssh.service.d`), `${unowned(user)}, with 1 more in it`],
  },
};

describe('a link below /etc/systemd', () => {
  it.each(Object.entries(spoiled))('is found out: %s', async (_what, { nodes, found }) => {
    expect(await findings({ ...cleanNodes(), ...nodes })).toEqual(found);
  });

  it('may enable a unit of users that its package enabled', async () => {
    const link = `${user}/sockets.target.wants/ssh-agent.socket`;
    const unit = '/usr/lib/systemd/user/ssh-agent.socket';
    const nodes = {
      ...cleanNodes(),
      [link]: { target: unit },
      [unit]: '',
      '/var/lib/systemd/deb-systemd-user-helper-enabled/ssh-agent.socket.dsh-also': `${link}\n`,
    };
    expect(await findings(nodes)).toEqual([`${unowned('/usr/lib/systemd/user')}, with 1 more in it`]);
  });
});
