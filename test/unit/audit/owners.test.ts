import { describe, expect, it } from 'vitest';
import { cleanNodes, findings, type Nodes } from './small-image.ts';

const list = 'system.posix_acl_access';
const directory = { kind: 'directory' } as const;

/** Owners, groups and access lists, and all that is found then. */
const spoiled: readonly (readonly [string, Nodes, string])[] = [
  [
    'a program of somebody',
    { '/usr/bin/tool': { content: 'tool', mode: 0o755, uid: 1000 } },
    'owners: /usr/bin/tool belongs to 1000, not to root',
  ],
  [
    'a directory of somebody',
    { '/etc': { ...directory, uid: 1000 } },
    'owners: /etc belongs to 1000, not to root',
  ],
  [
    'a link of somebody',
    { '/bin': { target: 'usr/bin', uid: 1000 } },
    'owners: /bin belongs to 1000, not to root',
  ],
  [
    'a program that a group can write',
    { '/usr/bin/tool': { content: 'tool', mode: 0o775, gid: 100 } },
    'owners: /usr/bin/tool can be written by the group 100',
  ],
  [
    'a program with an access list',
    { '/usr/bin/tool': { content: 'tool', mode: 0o755, attributes: [list] } },
    'owners: /usr/bin/tool has an access list',
  ],
  [
    'a log with an access list',
    { '/var/log/base.log': { attributes: [list] } },
    'owners: /var/log/base.log has an access list',
  ],
];

describe('what is not of root alone', () => {
  it.each(spoiled)('is found out: %s', async (_what, nodes, finding) => {
    expect(await findings({ ...cleanNodes(), ...nodes })).toEqual([finding]);
  });

  it('may be in /var, may be read by a group, and may be stated', async () => {
    const nodes: Nodes = {
      ...cleanNodes(),
      '/etc/shadow': { content: 'root:*:1::::::\nnobody:!*:1::::::\n', mode: 0o640, gid: 42 },
      '/usr/bin/tool': { content: 'tool', mode: 0o775 },
      '/var/lib/dpkg/mail': { content: '', mode: 0o660, uid: 8, gid: 8 },
      '/var/log/journal': { ...directory, mode: 0o2755, gid: 999, attributes: [list] },
    };
    const found = await findings(nodes);
    expect(found.filter((finding) => finding.startsWith('owners:'))).toEqual([]);
  });
});
