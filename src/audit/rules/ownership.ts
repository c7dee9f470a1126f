import { digestText, type TreeEntry } from '../../builder/digest.ts';
import { resolvePath } from '../inventory.ts';
import { fitsAny } from '../pattern.ts';
import { itemsOf } from '../policy.ts';
import type { Rule, Subject } from '../subject.ts';
import { unitLink } from '../unit-links.ts';

/** A file of the manifest, at the place where it really lies. */
interface DeclaredFile {
  readonly path: string;
  readonly file: TreeEntry;
}

async function declaredProblems({ inventory }: Subject, { path, file }: DeclaredFile): Promise<string[]> {
  const entry = inventory.entries.get(path);
  if (!entry) return [`${path} is in the manifest and not in the image`];
  const isLink = entry.kind === 'link';
  const sha256 = isLink ? digestText(entry.target ?? '') : await inventory.digest(path, 'sha256');
  const kind = isLink ? 'link' : entry.kind === 'file' && entry.mode & 0o111 ? 'executable' : entry.kind;
  return [
    ...(kind === file.kind ? [] : [`${path} is a ${kind}, but a ${file.kind} in the manifest`]),
    ...(sha256 === file.sha256 ? [] : [`${path} has another content than in the manifest`]),
    ...(entry.uid === 0 && entry.gid === 0
      ? []
      : [`${path} belongs to ${entry.uid}:${entry.gid}, not to root`]),
  ];
}

/** Files of packages that are not what their package brought. */
async function changedFiles(
  { inventory, database }: Subject,
  replaced: ReadonlySet<string>,
): Promise<string[]> {
  const found: string[] = [];
  for (const [path, { package: name, md5 }] of database.hashes) {
    const entry = inventory.entries.get(path);
    if (replaced.has(path)) continue;
    if (!entry) {
      if (!database.isExcluded(path)) found.push(`${path} of the package ${name} is missing`);
    } else if (entry.kind !== 'file') {
      found.push(`${path} is a ${entry.kind}, but a file of the package ${name}`);
    } else if ((await inventory.digest(path, 'md5')) !== md5) {
      found.push(`${path} is not what the package ${name} brought`);
    }
  }
  return found;
}

/** Names that nobody accounts for; of a whole unknown tree its top alone. */
function strangers({ inventory, database, policy }: Subject, declared: readonly DeclaredFile[]): string[] {
  const made = itemsOf(policy.made);
  const accounted = new Set(['/']);
  const account = (path: string): void => {
    for (let place = path; !accounted.has(place); place = place.slice(0, place.lastIndexOf('/')) || '/') {
      accounted.add(place);
    }
  };
  const records = new Set([...database.records].map((path) => resolvePath(inventory, path)));
  const ours = new Set(declared.map(({ path }) => path));
  for (const entry of inventory.entries.values()) {
    const { path } = entry;
    const isOwned = database.owners.has(path) || ours.has(path) || records.has(path);
    // The rule for services looks at each link of systemctl's.
    if (isOwned || fitsAny(path, made) || unitLink(entry)) account(path);
  }
  const unknown = [...inventory.entries.keys()].filter((path) => !accounted.has(path));
  const tops = unknown.filter((path) => accounted.has(path.slice(0, path.lastIndexOf('/')) || '/'));
  return tops.map((path) => {
    const inside = unknown.filter((other) => other.startsWith(`${path}/`)).length;
    return `${path} belongs to no package and is not in the manifest${inside > 0 ? `, with ${inside} more in it` : ''}`;
  });
}

export const ownership: Rule = {
  name: 'ownership',
  about: 'every file comes unchanged from a package or the manifest, and all of the manifest is there',
  check: async (subject) => {
    const { inventory, declared } = subject;
    const files = declared.files.map((file) => ({ path: resolvePath(inventory, `/${file.path}`), file }));
    const problems: string[] = [];
    for (const file of files) problems.push(...(await declaredProblems(subject, file)));
    const replaced = new Set(files.map(({ path }) => path));
    return [...problems, ...(await changedFiles(subject, replaced)), ...strangers(subject, files)];
  },
};
