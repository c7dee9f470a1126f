import { filesOf, type Inventory, readText } from '../inventory.ts';
import { fitsAny } from '../pattern.ts';
import type { Rule, Subject } from '../subject.ts';

/** What a machine leaves that has run, by what it is. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  'a history': [
    '**/.*_history',
    '**/.lesshst',
    '**/.viminfo',
    '**/.wget-hsts',
    '**/.sudo_as_admin_successful',
  ],
  'a cache': [
    '/root/.cache/**',
    '/root/.npm/**',
    '/root/.config/**',
    '/var/cache/apt/**',
    '/var/cache/debconf/*-old',
  ],
  'a log': [
    '/var/log/**',
    '/run/log/**',
    '/var/crash/**',
    '/var/lib/systemd/coredump/**',
    '/var/lib/systemd/pstore/**',
    '/var/lib/wtmpdb/**',
    '/var/lib/lastlog/**',
  ],
  'a lease': [
    '/var/lib/dhcp/**',
    '/var/lib/dhcpcd/**',
    '/var/lib/NetworkManager/**',
    '/var/lib/systemd/network/**',
    '/run/systemd/netif/**',
  ],
  'a seed': ['/var/lib/systemd/random-seed', '/var/lib/urandom/**', '/boot/efi/loader/random-seed'],
  'a key of one machine': ['/etc/ssh/ssh_host_*', '/var/lib/systemd/credential.secret'],
  'a list of the archive': ['/var/lib/apt/lists/**'],
  'a mail': ['/var/mail/**', '/var/spool/mail/**', '/var/spool/cron/crontabs/**'],
  'a temporary file': ['/tmp/**', '/var/tmp/**', '/run/**', '/lost+found/**', '/var/lib/one-context/**'],
  'a backup': [
    '/etc/**.bak',
    '/etc/**~',
    '/etc/**.orig',
    '/etc/**.dpkg-*',
    '/etc/**.ucf-*',
    '/etc/passwd-',
    '/etc/group-',
    '/etc/shadow-',
    '/etc/gshadow-',
    '/etc/subuid-',
    '/etc/subgid-',
    '/var/backups/**',
    '/var/lib/dpkg/*-old',
  ],
  'a time of something that ran': [
    '/var/lib/systemd/timers/**',
    '/var/lib/systemd/timesync/**',
    '/var/lib/logrotate/status',
    '/var/lib/apt/periodic/**',
  ],
};

/** Files below the directories of OnePilot's state that the manifest does not name. */
function ownState({ inventory, declared }: Subject): string[] {
  const named = new Set(declared.files.map(({ path }) => `/${path}`));
  return filesOf(inventory)
    .filter(({ path }) => /^\/(?:etc|var\/lib|var\/cache)\/onepilot\//.test(path) && !named.has(path))
    .map(({ path }) => `${path} is state of an appliance that has run`);
}

async function identity(inventory: Inventory): Promise<string[]> {
  const found: string[] = [];
  const own = inventory.entries.get('/etc/machine-id');
  if (!own)
    found.push('/etc/machine-id is missing: systemd makes one for good only where there is an empty file');
  const machineId = (await readText(inventory, '/etc/machine-id')).trim();
  if (machineId !== '' && machineId !== 'uninitialized') found.push('/etc/machine-id is that of one machine');
  if (inventory.entries.get('/var/lib/dbus/machine-id')?.kind === 'file') {
    found.push('/var/lib/dbus/machine-id is that of one machine');
  }
  if (inventory.entries.get('/etc/resolv.conf')?.kind === 'file') {
    found.push('/etc/resolv.conf names the name servers of where the image was built');
  }
  return found;
}

/** Files of ours that name a directory of the machine they were built on. */
async function buildPlacesIn({ inventory, declared, buildPlaces }: Subject): Promise<string[]> {
  const models = new Set(declared.models.map(({ file }) => `var/lib/onepilot/models/${file}`));
  const found: string[] = [];
  for (const { path } of declared.files.filter(({ kind, path }) => kind !== 'link' && !models.has(path))) {
    const content = await inventory.read(`/${path}`);
    const named = buildPlaces.find((place) => content.includes(`${place}/`));
    if (named !== undefined) found.push(`/${path} names ${named}, where it was built`);
  }
  return found;
}

export const traces: Rule = {
  name: 'traces',
  about: 'nothing that is left of building it, and nothing two VMs would share',
  check: async (subject) => {
    const left = filesOf(subject.inventory).flatMap(({ path, size }) => {
      const kind = Object.entries(kinds).find(([, patterns]) => fitsAny(path, patterns))?.[0];
      // Empty logs are made when their packages are installed, so that modes are right.
      return kind === undefined || (kind === 'a log' && size === 0) ? [] : [`${path} is ${kind}`];
    });
    return [
      ...left,
      ...ownState(subject),
      ...(await identity(subject.inventory)),
      ...(await buildPlacesIn(subject)),
    ];
  },
};
