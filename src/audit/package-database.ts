import { type Inventory, readLines, readText, resolvePath } from './inventory.ts';

/** A package as dpkg's status file has it. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** `install ok installed` when all is well. */
  readonly status: string;
}

/** The MD5 that a package gives for one of its files. */
export interface PackagedHash {
  readonly package: string;
  readonly md5: string;
}

/** What dpkg knows of an image (dpkg(1), FILES). Paths are those at which files really lie. */
export interface PackageDatabase {
  readonly packages: readonly InstalledPackage[];
  /** Packages by the paths they own; directories have several. */
  readonly owners: ReadonlyMap<string, string>;
  readonly hashes: ReadonlyMap<string, PackagedHash>;
  /** Links of update-alternatives, and the records of dpkg itself. */
  readonly records: ReadonlySet<string>;
  /** Whether dpkg was told to leave a path out. */
  isExcluded(path: string): boolean;
}

const admin = '/var/lib/dpkg';

function field(record: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(record)?.[1] ?? '';
}

/** Configuration files of a record, by path; obsolete ones belong to the package no more. */
function conffiles(record: string): [string, string][] {
  const listed = /^Conffiles:\n((?: .*\n?)*)/m.exec(record)?.[1] ?? '';
  return listed.split('\n').flatMap((line): [string, string][] => {
    const [, path, md5, note] = /^ (\/\S.*?) ([0-9a-f]{32})( obsolete)?$/.exec(line) ?? [];
    return path === undefined || md5 === undefined || note !== undefined ? [] : [[path, md5]];
  });
}

/** Where a package's file went: another package may have diverted it (dpkg-divert(1)). */
function diverted(lines: readonly string[]): (path: string, owner: string) => string {
  const moves = new Map<string, { readonly to: string; readonly by: string }>();
  for (let at = 0; at + 2 < lines.length; at += 3) {
    const [from = '', to = '', by = ''] = lines.slice(at, at + 3);
    moves.set(from, { to, by });
  }
  return (path, owner) => {
    const move = moves.get(path);
    return move && move.by !== owner ? move.to : path;
  };
}

/** Links that update-alternatives made (its file format: dpkg's utils/update-alternatives.c). */
async function alternatives(inventory: Inventory): Promise<string[]> {
  const links: string[] = [];
  const directory = `${admin}/alternatives/`;
  for (const path of inventory.entries.keys()) {
    if (!path.startsWith(directory)) continue;
    const [, ...lines] = (await readText(inventory, path)).split('\n');
    const [master = '', ...rest] = lines;
    links.push(path, `/etc/alternatives/${path.slice(directory.length)}`, master);
    for (let at = 0; at + 1 < rest.length && rest[at] !== ''; at += 2) {
      links.push(`/etc/alternatives/${rest[at]}`, rest[at + 1] ?? '');
    }
  }
  return links;
}

/** The last pattern that fits a path decides (dpkg(1), --path-exclude). */
async function exclusions(inventory: Inventory): Promise<(path: string) => boolean> {
  const configuration = [...inventory.entries.keys()].filter(
    (path) => path === '/etc/dpkg/dpkg.cfg' || path.startsWith('/etc/dpkg/dpkg.cfg.d/'),
  );
  const lines = (await Promise.all(configuration.map((path) => readLines(inventory, path)))).flat();
  const patterns = lines.flatMap((line) => {
    const [, kind, glob] = /^path-(exclude|include)[= ](.*)$/.exec(line) ?? [];
    if (glob === undefined) return [];
    // Here `*` stands for slashes too (fnmatch(3) without FNM_PATHNAME).
    const source = glob
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return [{ excludes: kind === 'exclude', expression: new RegExp(`^${source}$`) }];
  });
  return (path) => patterns.findLast(({ expression }) => expression.test(path))?.excludes ?? false;
}

/** Reads dpkg's records in an image. */
export async function readPackageDatabase(inventory: Inventory): Promise<PackageDatabase> {
  const packages: InstalledPackage[] = [];
  const owners = new Map<string, string>();
  const hashes = new Map<string, PackagedHash>();
  const records = new Set(await alternatives(inventory));
  const whereIs = diverted(await readLines(inventory, `${admin}/diversions`));
  const place = (path: string, owner: string) => resolvePath(inventory, whereIs(path, owner));
  const status = (await readText(inventory, `${admin}/status`)).split(/\n\n+/).filter(Boolean);
  for (const record of status) {
    const name = field(record, 'Package');
    packages.push({
      name,
      version: field(record, 'Version'),
      architecture: field(record, 'Architecture'),
      status: field(record, 'Status'),
    });
    for (const [path, md5] of conffiles(`${record}\n`)) hashes.set(place(path, name), { package: name, md5 });
  }
  const names = new Set(packages.map(({ name }) => name));
  for (const path of inventory.entries.keys()) {
    const [, name = '', kind = ''] =
      /^\/var\/lib\/dpkg\/info\/([^/:]+?)(?::[^/.]+)?\.([a-z0-9]+)$/.exec(path) ?? [];
    if (!names.has(name)) continue;
    records.add(path);
    if (kind === 'list') {
      for (const line of await readLines(inventory, path)) owners.set(place(line, name), name);
    } else if (kind === 'md5sums') {
      for (const line of await readLines(inventory, path)) {
        hashes.set(place(`/${line.slice(34)}`, name), { package: name, md5: line.slice(0, 32) });
      }
    }
  }
  return { packages, owners, hashes, records, isExcluded: await exclusions(inventory) };
}
