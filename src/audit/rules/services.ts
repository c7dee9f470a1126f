import { readText } from '../inventory.ts';
import { itemsOf } from '../policy.ts';
import type { Rule, Subject } from '../subject.ts';
import { leadsToItsUnit, type UnitLink, unitLink } from '../unit-links.ts';

/** Links of one kind among units of the machine. */
function ofSystem(links: readonly UnitLink[], wanted: UnitLink['kind']): UnitLink[] {
  return links.filter(({ kind, manager }) => kind === wanted && manager === 'system');
}

/** Links that packages' own scripts made, by dpkg's helper (deb-systemd-helper(1p)). */
async function linksOfPackages({ inventory }: Subject): Promise<Set<string>> {
  const state = /^\/var\/lib\/systemd\/deb-systemd-(?:user-)?helper-enabled\/.*\.dsh-also$/;
  const records = [...inventory.entries.keys()].filter((path) => state.test(path));
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

/** Links that lead anywhere but to a unit of a package or of ours that has their name. */
async function misled(
  { inventory }: Subject,
  links: readonly UnitLink[],
  ours: ReadonlySet<string>,
): Promise<string[]> {
  const found: string[] = [];
  for (const link of links) {
    const isUnit = (path: string) => path.startsWith(`/usr/lib/systemd/${link.manager}/`) || ours.has(path);
    if (!(await leadsToItsUnit(inventory, link, isUnit))) {
      found.push(`${link.path} leads to ${link.target}, which is no unit that bears its name`);
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
    const links = [...inventory.entries.values()].flatMap((entry) => unitLink(entry) ?? []);
    const pulled = links.filter(({ kind }) => kind === 'pull');
    const names = new Set(ofSystem(links, 'pull').map(({ unit }) => unit));
    const masked = new Set(ofSystem(links, 'mask').map(({ unit }) => unit));
    const files = new Set(declared.files.map(({ path }) => `/${path}`));
    const fromPackages = await linksOfPackages(subject);
    const known = new Set([...units.enabled, ...units.masked, ...itemsOf(policy.enabled)]);
    return [
      ...units.enabled.filter((unit) => !names.has(unit)).map((unit) => `${unit} is not enabled`),
      ...units.disabled.filter((unit) => names.has(unit)).map((unit) => `${unit} is enabled`),
      ...units.masked.filter((unit) => !masked.has(unit)).map((unit) => `${unit} is not masked`),
      ...[...masked].filter((unit) => !units.masked.includes(unit)).map((unit) => `${unit} is masked`),
      ...links
        .filter(({ kind, manager, path }) => kind === 'mask' && manager === 'user' && !files.has(path))
        .map(({ path }) => `${path} masks what nobody stated`),
      ...pulled
        .filter(({ path, unit, manager }) => {
          const isKnown = manager === 'system' && known.has(unit);
          return !isKnown && !files.has(path) && !fromPackages.has(path);
        })
        .map(({ path }) => `${path} starts what nobody stated`),
      ...(await misled(subject, links, files)),
      ...(await strangePorts(subject, masked)),
    ];
  },
};
