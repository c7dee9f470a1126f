import { createHash } from 'node:crypto';
import { runRules } from '../../../src/audit/audit.ts';
import { partitionTypes } from '../../../src/audit/disk.ts';
import type { Entry, EntryKind, Inventory } from '../../../src/audit/inventory.ts';
import { readPackageDatabase } from '../../../src/audit/package-database.ts';
import type { Policy } from '../../../src/audit/policy.ts';
import type { Subject } from '../../../src/audit/subject.ts';
import { digestText, type TreeEntry } from '../../../src/builder/digest.ts';

/** What a test says of a name in an image; a string is the content of a plain file. */
export type Node =
  | string
  | {
      readonly kind?: EntryKind;
      readonly content?: string;
      readonly target?: string;
      readonly mode?: number;
      readonly uid?: number;
      readonly gid?: number;
      readonly attributes?: readonly string[];
    };
export type Nodes = Record<string, Node>;

const usualModes: Partial<Record<EntryKind, number>> = { directory: 0o755, link: 0o777 };

/** Names in memory, with the directories above them. */
export function inventoryOf(nodes: Nodes): Inventory {
  const entries = new Map<string, Entry>();
  const contents = new Map<string, string>();
  const add = (path: string, entry: Omit<Entry, 'path'>) => entries.set(path, { path, ...entry });
  add('/', { kind: 'directory', mode: 0o755, uid: 0, gid: 0, size: 4096, attributes: [] });
  for (const [path, said] of Object.entries(nodes)) {
    for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
      const above = path.slice(0, at);
      if (!entries.has(above))
        add(above, { kind: 'directory', mode: 0o755, uid: 0, gid: 0, size: 4096, attributes: [] });
    }
    const node = typeof said === 'string' ? { content: said } : said;
    const { target, content = '', attributes = [], uid = 0, gid = 0 } = node;
    const kind = node.kind ?? (target === undefined ? 'file' : 'link');
    add(path, {
      kind,
      mode: node.mode ?? usualModes[kind] ?? 0o644,
      uid,
      gid,
      size: content.length,
      attributes,
      ...(target === undefined ? {} : { target }),
    });
    if (kind === 'file') contents.set(path, content);
  }
  const read = async (path: string) => Buffer.from(contents.get(path) ?? '');
  return {
    entries,
    read,
    digest: async (path, algorithm) =>
      createHash(algorithm)
        .update(await read(path))
        .digest('hex'),
  };
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const kernel = '/boot/vmlinuz-6';
const administration = '/var/lib/dpkg';
const enabledBy = '/etc/systemd/system/multi-user.target.wants';
const units = '/usr/lib/systemd/system';

/** Records of the one package: what it owns, and the hashes it gives. */
const status = `Package: base
Status: install ok installed
Architecture: all
Version: 1.0
Conffiles:
 /etc/base.conf ${md5('mine = no\n')}
 /etc/gone.conf ${md5('gone')} obsolete

`;
const owned = [
  '/.',
  '/etc',
  '/etc/base.conf',
  '/bin',
  '/bin/tool',
  '/usr/bin',
  kernel,
  '/var/log',
  '/usr/man/tool.1',
  ...['apt-daily.timer', 'base.timer', 'getty@.service', 'lvm.service', 'ssh.service'].map(
    (unit) => `${units}/${unit}`,
  ),
];

/** A file of the manifest, by its content. */
export function declared(path: string, content: string, kind: TreeEntry['kind'] = 'file'): TreeEntry {
  return { path, kind, sha256: digestText(content), size: kind === 'link' ? 0 : content.length };
}

export const cleanPolicy: Policy = {
  privileged: { 'for people who may': ['/usr/bin/sudo'] },
  worldWritable: { temporary: ['/tmp'] },
  owners: { 'adm may read it': ['/var/log/journal'] },
  made: {
    'by scripts': [
      '/etc/passwd',
      '/etc/shadow',
      '/etc/gshadow',
      '/etc/machine-id',
      '/boot/**',
      '/tmp',
      '/etc/dpkg/**',
      '/etc/systemd/system/gateway.socket',
      '/var/lib/dpkg/*',
      '/var/lib/systemd/**',
    ],
  },
  shells: { administrator: ['root'] },
  enabled: { always: ['getty@tty1.service'] },
  listening: {
    gateway: [{ protocol: 'tcp', port: 443, reach: 'everybody', process: 'systemd' }],
    engine: [{ protocol: 'tcp', port: 'any', reach: 'loopback', process: 'llama-server' }],
  },
};

/** An image as small as one can be that every rule likes. */
export function cleanNodes(): Nodes {
  return {
    '/bin': { target: 'usr/bin' },
    '/boot/efi/EFI/BOOT/BOOTX64.EFI': 'MZ',
    '/boot/grub/grub.cfg': `\tlinux\t${kernel} ro net.ifnames=0 biosdevname=0 quiet\n\tinitrd\t/boot/initrd.img-6\n`,
    '/boot/grub/i386-pc/core.img': 'core',
    '/boot/initrd.img-6': 'initrd',
    [kernel]: 'kernel',
    '/etc/base.conf': 'mine = no\n',
    '/etc/dpkg/dpkg.cfg.d/ours': 'path-exclude=/usr/man/*\n',
    '/etc/gshadow': 'root:*::\n_ssh:!::\n',
    '/etc/machine-id': '',
    '/etc/onepilot.conf': 'ours\n',
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n',
    '/etc/shadow': 'root:*:1::::::\nnobody:!*:1::::::\n',
    [`${enabledBy}/ssh.service`]: { target: '/usr/lib/systemd/system/ssh.service' },
    [`${enabledBy}/base.timer`]: { target: '/usr/lib/systemd/system/base.timer' },
    [`${enabledBy}/agent.service`]: { target: agentTarget },
    '/etc/systemd/system/getty.target.wants/getty@tty1.service': {
      target: `${units}/getty@.service`,
    },
    '/etc/systemd/system/lvm.service': { target: '/dev/null' },
    '/etc/systemd/system/gateway.socket': '[Socket]\nListenStream=443\nListenStream=/run/gateway.sock\n',
    '/etc/systemd/system/sshd.service': { target: `${units}/ssh.service` },
    '/tmp': { kind: 'directory', mode: 0o1777 },
    '/usr/bin/tool': { content: 'tool', mode: 0o755 },
    [`${units}/agent.service`]: '',
    [`${units}/apt-daily.timer`]: '',
    [`${units}/base.timer`]: '',
    [`${units}/getty@.service`]: '',
    [`${units}/lvm.service`]: '',
    [`${units}/ssh.service`]: '[Install]\nAlias=sshd.service\n',
    '/var/lib/systemd/deb-systemd-helper-enabled/base.timer.dsh-also': `${enabledBy}/base.timer\n`,
    '/var/log/base.log': '',
    [`${administration}/status`]: status,
    [`${administration}/info/base.list`]: `${[...owned, '/var/log/base.log'].join('\n')}\n`,
    [`${administration}/info/base.md5sums`]: `${md5('tool')}  bin/tool\n${md5('page')}  usr/man/tool.1\n`,
  };
}

/** As the base stage makes them, the root grown. */
export const cleanPartitions: Subject['partitions'] = [
  { type: partitionTypes.bios, start: 2048 * 512, length: 2048 * 512 },
  { type: partitionTypes.efi, start: 4096 * 512, length: 131_072 * 512 },
  { type: partitionTypes.root, start: 135_168 * 512, length: 8_253_400 * 512 },
];

const agentTarget = '../../../../usr/lib/systemd/system/agent.service';

const clean: Omit<Subject, 'inventory' | 'database'> = {
  freeSpace: { garbage: [], needsRecovery: false },
  partitions: cleanPartitions,
  hidden: [],
  bootCode: { sector: Buffer.alloc(512, 1), partition: Buffer.alloc(512, 1) },
  declared: {
    contextualization: 'agent',
    files: [
      declared('etc/onepilot.conf', 'ours\n'),
      declared('etc/systemd/system/multi-user.target.wants/agent.service', agentTarget, 'link'),
      declared('usr/lib/systemd/system/agent.service', ''),
    ],
    packages: [{ name: 'base', version: '1.0', architecture: 'all', sha256: '0'.repeat(64) }],
    models: [],
  },
  policy: cleanPolicy,
  units: { enabled: ['ssh.service'], disabled: ['apt-daily.timer'], masked: ['lvm.service'] },
  buildPlaces: ['/work/checkout'],
};

/** Everything that the rules found, each with its rule's name. */
export async function findings(nodes: Nodes, rest: Partial<Subject> = {}): Promise<string[]> {
  const inventory = inventoryOf(nodes);
  const database = await readPackageDatabase(inventory);
  const found: string[] = [];
  for await (const result of runRules({ ...clean, inventory, database, ...rest })) {
    found.push(...result.findings.map((finding) => `${result.name}: ${finding}`));
  }
  return found;
}

/** What the clean image is declared to hold, to be changed by a test. */
export const cleanDeclared: Subject['declared'] = clean.declared;
