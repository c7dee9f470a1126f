import { type Entry, readText } from '../inventory.ts';
import { itemsOf } from '../policy.ts';
import type { Rule, Subject } from '../subject.ts';

const own = '/etc/systemd/system/';

/** A unit by what pulls it in: the link, and the unit's name. */
interface EnabledUnit {
  readonly link: string;
  readonly unit: string;
}

/** Links that say when a unit starts (systemd.unit(5), Wants=); links beside units are aliases. */
function enabledUnits(entries: Iterable<Entry>): EnabledUnit[] {
  return [...entries].flatMap(({ path, kind }) => {
    const [, , unit] = /^\/etc\/systemd\/system\/(.+)\.(?:wants|requires|upholds)\/([^/]+)$/.exec(path) ?? [];
    return unit === undefined || kind === 'directory' ? [] : [{ link: path, unit }];
  });
}

function maskedUnits(entries: Iterable<Entry>): Set<string> {
  return new Set(
    [...entries]
      .filter(({ path, target }) => path.startsWith(own) && target === '/dev/null')
      .map(({ path }) => path.slice(own.length)),
  );
}

/** Links that packages' own scripts made, by dpkg's helper (deb-systemd-helper(1p)). */
async function linksOfPackages({ inventory }: Subject): Promise<Set<string>> {
  const state = '/var/lib/systemd/deb-systemd-helper-enabled/';
  const records = [...inventory.entries.keys()].filter(
    (path) => path.startsWith(state) && path.endsWith('.dsh-also'),
  );
  const texts = await Promise.all(records.map((path) => readText(inventory, path)));
  return new Set(texts.flatMap((text) => text.split('\n').filter(Boolean)));
}

/** The port of an address to listen on; undefined for paths and the like (systemd.socket(5), ListenStream=). */
function portOf(address: string): number | undefined {
  const port = /^(?:\d+|.*:(\d+)|\[.*\]:(\d+))$/.exec(address);
  return port ? Number(port[1] ?? port[2] ?? address) : undefined;
}

/** Network ports that socket units would open and nobody stated. */
async function strangePorts({ inventory, policy }: Subject, masked: ReadonlySet<string>): Promise<string[]> {
  const stated = new Set(itemsOf(policy.listening).map(({ port }) => port));
  const found: string[] = [];
  for (const { path, kind } of inventory.entries.values()) {
    const [, unit = ''] =
      /^(?:\/etc|\/usr\/lib)\/systemd\/system\/([^/]+\.socket)(?:\.d\/.*)?$/.exec(path) ?? [];
    if (kind !== 'file' || unit === '' || masked.has(unit)) continue;
    const text = await readText(inventory, path);
    for (const [, address = ''] of text.matchAll(
      /^Listen(?:Stream|Datagram|SequentialPacket)\s*=\s*(\S+)\s*$/gm,
    )) {
      const port = portOf(address);
      if (port !== undefined && !stated.has(port)) found.push(`${path} would listen on ${address}`);
      if (address.startsWith('vsock:')) found.push(`${path} would listen on ${address}`);
    }
  }
  return found;
}

export const services: Rule = {
  name: 'services',
  about:
    'what starts by itself is what services.yaml, packages and our files say, and no other port is opened',
  check: async (subject) => {
    const { inventory, policy, units, declared } = subject;
    const entries = [...inventory.entries.values()];
    const enabled = enabledUnits(entries);
    const masked = maskedUnits(entries);
    const names = new Set(enabled.map(({ unit }) => unit));
    const files = new Set(declared.files.map(({ path }) => `/${path}`));
    const fromPackages = await linksOfPackages(subject);
    const known = new Set([...units.enabled, ...units.masked, ...itemsOf(policy.enabled)]);
    return [
      ...units.enabled.filter((unit) => !names.has(unit)).map((unit) => `${unit} is not enabled`),
      ...units.disabled.filter((unit) => names.has(unit)).map((unit) => `${unit} is enabled`),
      ...units.masked.filter((unit) => !masked.has(unit)).map((unit) => `${unit} is not masked`),
      ...[...masked].filter((unit) => !units.masked.includes(unit)).map((unit) => `${unit} is masked`),
      ...enabled
        .filter(({ link, unit }) => !known.has(unit) && !files.has(link) && !fromPackages.has(link))
        .map(({ link }) => `${link} starts what nobody stated`),
      ...(await strangePorts(subject, masked)),
    ];
  },
};
