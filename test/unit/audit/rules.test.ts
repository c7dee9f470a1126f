import { describe, expect, it } from 'vitest';
import { cleanDeclared, cleanNodes, declared, findings, type Nodes } from './small-image.ts';

const unowned = (path: string) => `ownership: ${path} belongs to no package and is not in the manifest`;
const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${'b3BlbnNzaC1rZXktdjEAAAAABG5vbmU'.repeat(3)}\n`;

/** One thing put into the clean image, or changed in it, and all that is found then. */
interface Spoiled {
  readonly what: string;
  readonly nodes: Nodes;
  readonly found: readonly string[];
}

const spoiled: readonly Spoiled[] = [
  {
    what: 'a file that everybody can write',
    nodes: { '/etc/onepilot.conf': { content: 'ours\n', mode: 0o666 } },
    found: ['world-writable: /etc/onepilot.conf can be written by everybody (666)'],
  },
  {
    what: 'a temporary directory without its sticky bit',
    nodes: { '/tmp': { kind: 'directory', mode: 0o777 } },
    found: ['world-writable: in /tmp everybody can remove what others made (no sticky bit)'],
  },
  {
    what: 'a setuid program',
    nodes: { '/usr/bin/tool': { content: 'tool', mode: 0o4755 } },
    found: ['privileged: /usr/bin/tool has rights of its own: setuid'],
  },
  {
    what: 'a program with setgid and capabilities',
    nodes: { '/usr/bin/tool': { content: 'tool', mode: 0o2755, attributes: ['security.capability'] } },
    found: ['privileged: /usr/bin/tool has rights of its own: setgid, capabilities'],
  },
  {
    what: 'an account for a person, with a shell and a password',
    nodes: {
      '/etc/passwd': 'root:x:0:0::/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/sh\n',
      '/etc/shadow': 'root:*:::::::\nann:$y$j9T$abc:::::::\n',
    },
    found: [
      'users: ann is an account for a person (1000)',
      'users: ann has a shell: /bin/sh',
      'users: ann has a password, or needs none',
    ],
  },
  {
    what: 'a root that needs no password',
    nodes: { '/etc/shadow': 'root::::::::\nnobody:!*:::::::\n' },
    found: ['users: root has a password, or needs none'],
  },
  {
    what: 'a second root, with its password in passwd',
    nodes: {
      '/etc/passwd': 'root:x:0:0::/root:/bin/bash\ntoor:$1$x:0:0::/root:/usr/sbin/nologin\n',
      '/etc/shadow': 'root:*:::::::\ntoor:*:::::::\n',
    },
    found: ['users: toor is root by another name', 'users: the password of toor is in /etc/passwd'],
  },
  {
    what: 'a group with a password',
    nodes: { '/etc/gshadow': 'root:$6$x::\n' },
    found: ['users: the group root has a password'],
  },
  {
    what: 'a unit that nobody enabled',
    nodes: { '/etc/systemd/system/multi-user.target.wants/spy.service': { target: '/dev/null' } },
    found: ['services: /etc/systemd/system/multi-user.target.wants/spy.service starts what nobody stated'],
  },
  {
    what: 'a unit that should only start when somebody asks',
    nodes: {
      '/etc/systemd/system/timers.target.wants/apt-daily.timer': {
        target: '/usr/lib/systemd/system/apt-daily.timer',
      },
      '/var/lib/systemd/deb-systemd-helper-enabled/apt-daily.timer.dsh-also':
        '/etc/systemd/system/timers.target.wants/apt-daily.timer\n',
    },
    found: ['services: apt-daily.timer is enabled'],
  },
  {
    what: 'a masked unit that nobody wants masked',
    nodes: { '/etc/systemd/system/nftables.service': { target: '/dev/null' } },
    found: ['services: nftables.service is masked'],
  },
  {
    what: 'a unit that lost its mask',
    nodes: { '/etc/systemd/system/lvm.service': { target: '/usr/lib/systemd/system/lvm.service' } },
    found: ['services: lvm.service is not masked'],
  },
  {
    what: 'a socket unit for a port that nobody stated',
    nodes: { '/etc/systemd/system/debug.socket': '[Socket]\nListenStream=[::]:9229\n' },
    found: [
      'services: /etc/systemd/system/debug.socket would listen on [::]:9229',
      unowned('/etc/systemd/system/debug.socket'),
    ],
  },
  {
    what: 'a drop-in that changes a unit',
    nodes: { '/etc/systemd/system/ssh.service.d/own.conf': '[Service]\nExecStartPre=/bin/tool\n' },
    found: [`${unowned('/etc/systemd/system/ssh.service.d')}, with 1 more in it`],
  },
  {
    what: 'a kernel with a serial console',
    nodes: {
      '/boot/grub/grub.cfg': 'linux /boot/vmlinuz-6 net.ifnames=0 biosdevname=0 console=ttyS0\n',
    },
    found: ['boot: a serial console is on the kernel command line'],
  },
  {
    what: 'a boot menu for a kernel and an initrd that are not there',
    nodes: {
      '/boot/grub/grub.cfg':
        'linux /boot/vmlinuz-5 net.ifnames=0 biosdevname=0\ninitrd /boot/initrd.img-5\nlinux /boot/vmlinuz-6 biosdevname=0\n',
    },
    found: [
      'boot: /boot/grub/grub.cfg starts /boot/vmlinuz-5, which is not there',
      'boot: net.ifnames=0 is missing on the kernel command line: NICs would not be called ethN',
      'boot: /boot/grub/grub.cfg loads /boot/initrd.img-5, which is not there',
    ],
  },
  {
    what: 'keys that let somebody in',
    nodes: { '/root/.ssh/authorized_keys': 'ssh-ed25519 AAAA builder\n' },
    found: [
      'credentials: /root/.ssh/authorized_keys is where credentials are kept',
      `${unowned('/root')}, with 2 more in it`,
    ],
  },
  {
    what: 'a private key in a file of any name',
    nodes: { '/etc/base.conf': key },
    found: [
      'credentials: /etc/base.conf holds a private key',
      'ownership: /etc/base.conf is not what the package base brought',
    ],
  },
  {
    what: 'a token in a file of any name',
    nodes: { '/opt/notes': `token: hf_${'a1B2'.repeat(9)}\n` },
    found: ['credentials: /opt/notes holds a token of Hugging Face', `${unowned('/opt')}, with 1 more in it`],
  },
  {
    what: 'a proxy with its password',
    nodes: { '/etc/dpkg/dpkg.cfg.d/proxy': 'http://ann:secret@proxy.example:3128\n' },
    found: ['credentials: /etc/dpkg/dpkg.cfg.d/proxy holds an address with a password'],
  },
  {
    what: 'a history',
    nodes: { '/root/.bash_history': 'ls\n' },
    found: ['traces: /root/.bash_history is a history', `${unowned('/root')}, with 1 more in it`],
  },
  {
    what: 'a log',
    nodes: { '/var/log/base.log': 'started\n' },
    found: ['traces: /var/log/base.log is a log'],
  },
  {
    what: 'the identity of one machine',
    nodes: { '/etc/machine-id': '0123456789abcdef0123456789abcdef\n' },
    found: ['traces: /etc/machine-id is that of one machine'],
  },
  {
    what: 'host keys, seeds, leases and what a temporary directory kept',
    nodes: {
      '/etc/ssh/ssh_host_ed25519_key.pub': 'ssh-ed25519 AAAA',
      '/tmp/script_1.sh': 'echo',
      '/var/lib/dhcp/dhclient.leases': 'lease {}',
      '/var/lib/systemd/random-seed': 'x',
    },
    found: [
      'traces: /etc/ssh/ssh_host_ed25519_key.pub is a key of one machine',
      'traces: /tmp/script_1.sh is a temporary file',
      'traces: /var/lib/dhcp/dhclient.leases is a lease',
      'traces: /var/lib/systemd/random-seed is a seed',
      `${unowned('/etc/ssh')}, with 1 more in it`,
      unowned('/tmp/script_1.sh'),
      `${unowned('/var/lib/dhcp')}, with 1 more in it`,
    ],
  },
  {
    what: 'state of an appliance that ran',
    nodes: { '/var/lib/onepilot/api-key': 'x' },
    found: [
      'traces: /var/lib/onepilot/api-key is state of an appliance that has run',
      `${unowned('/var/lib/onepilot')}, with 1 more in it`,
    ],
  },
  {
    what: 'a file of a package that was changed',
    nodes: { '/usr/bin/tool': { content: 'other', mode: 0o755 } },
    found: ['ownership: /usr/bin/tool is not what the package base brought'],
  },
  {
    what: 'a file of ours that was changed, and belongs to somebody',
    nodes: { '/etc/onepilot.conf': { content: 'theirs\n', mode: 0o755, uid: 1 } },
    found: [
      'owners: /etc/onepilot.conf belongs to 1, not to root',
      'ownership: /etc/onepilot.conf is a executable, but a file in the manifest',
      'ownership: /etc/onepilot.conf has another content than in the manifest',
      'ownership: /etc/onepilot.conf belongs to 1:0, not to root',
    ],
  },
  {
    what: 'a file that nobody accounts for',
    nodes: { '/usr/lib/spy': 'x', '/usr/bin/spy': { content: 'x', mode: 0o755 } },
    found: [unowned('/usr/lib/spy'), unowned('/usr/bin/spy')],
  },
];

describe('a clean image', () => {
  it('has no findings', async () => {
    expect(await findings(cleanNodes())).toEqual([]);
  });
});

describe('a spoiled image', () => {
  it.each(spoiled)('is found out: $what', async ({ nodes, found }) => {
    expect(await findings({ ...cleanNodes(), ...nodes })).toEqual(found);
  });

  it.each([
    ['/usr/bin/tool', 'ownership: /usr/bin/tool of the package base is missing'],
    ['/etc/onepilot.conf', 'ownership: /etc/onepilot.conf is in the manifest and not in the image'],
    ['/boot/efi/EFI/BOOT/BOOTX64.EFI', 'boot: GRUB is not installed for UEFI'],
    ['/boot/grub/i386-pc/core.img', 'boot: GRUB is not installed for BIOS'],
    ['/etc/systemd/system/multi-user.target.wants/ssh.service', 'services: ssh.service is not enabled'],
  ])('is found out: %s is missing', async (path, finding) => {
    const { [path]: _missing, ...nodes } = cleanNodes();
    expect(await findings(nodes)).toEqual([finding]);
  });

  it('is found out by its packages, both ways and by version', async () => {
    const nodes = cleanNodes();
    const other = 'Package: spy\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2\n\n';
    const half = 'Package: half\nStatus: install ok half-configured\nArchitecture: amd64\nVersion: 3\n';
    nodes['/var/lib/dpkg/status'] = `${nodes['/var/lib/dpkg/status']}${other}${half}`;
    const wanted = { architecture: 'all', sha256: '0'.repeat(64) };
    const packages = [
      { name: 'base', version: '1.1', ...wanted },
      { name: 'gone', version: '4', ...wanted },
    ];
    expect(await findings(nodes, { declared: { ...cleanDeclared, packages } })).toEqual([
      'packages: the package half is not installed as it should be: install ok half-configured',
      'packages: the package spy (2 amd64) is installed, but not in the manifest',
      'packages: the package half (3 amd64) is installed, but not in the manifest',
      'packages: the package base is 1.0 all, but 1.1 all in the manifest',
      'packages: the package gone is not installed, but 4 all in the manifest',
    ]);
  });

  it('is found out by a disk that no BIOS starts', async () => {
    const bootCode = { sector: Buffer.alloc(512), partition: Buffer.alloc(512, 1) };
    expect(await findings(cleanNodes(), { bootCode })).toEqual([
      'boot: the disk has no boot loader for BIOS',
    ]);
  });

  it('is found out by a file of ours that names where it was built', async () => {
    const content = 'assert /work/checkout/src/a.ts';
    const nodes = { ...cleanNodes(), '/etc/onepilot.conf': content };
    const [, ...others] = cleanDeclared.files;
    const files = [declared('etc/onepilot.conf', content), ...others];
    expect(await findings(nodes, { declared: { ...cleanDeclared, files } })).toEqual([
      'traces: /etc/onepilot.conf names /work/checkout, where it was built',
    ]);
  });
});

describe('what an image may hold', () => {
  it('may replace a file of a package by one of the manifest', async () => {
    const nodes = { ...cleanNodes(), '/usr/bin/tool': { content: 'ours', mode: 0o755 } };
    const files = [...cleanDeclared.files, declared('bin/tool', 'ours', 'executable')];
    expect(await findings(nodes, { declared: { ...cleanDeclared, files } })).toEqual([]);
  });

  it('may have stated privileged programs, and one-line mentions of keys in programs', async () => {
    const nodes: Nodes = {
      ...cleanNodes(),
      '/usr/bin/sudo': { content: '', mode: 0o4755 },
      '/etc/base.conf': 'mine = no\n',
      '/etc/dpkg/code.js': 'if (text.startsWith("-----BEGIN PRIVATE KEY-----")) throw 1;\n',
    };
    expect(await findings(nodes)).toEqual([unowned('/usr/bin/sudo')]);
  });
});
