import { basename } from 'node:path';
import * as z from 'zod';
import { isVm } from './check-vm-template.ts';
import type { Finding, Rule } from './finding.ts';
import { type Entry, entryImages, entryType, entryUuid, type Submission } from './submission.ts';

/** The minors of OpenNebula that are out and that people run: an entry that leaves one out is not seen there. */
const minors = ['6.10', '7.0', '7.2', '7.4'];

const Text = z.string().trim().min(1);

const Image = z.looseObject({
  name: Text,
  url: Text,
  type: z.enum(['OS', 'DATABLOCK']),
  dev_prefix: Text,
  driver: Text,
  size: z.int().positive(),
  checksum: z.looseObject({
    md5: z.string().regex(/^[0-9a-f]{32}$/),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});

/** What the server's setters call `strip` on must be a string: an unquoted 13 or 7.0 stops the server. */
const App = z.looseObject({
  id: Text.optional(),
  // The server knows SERVICE_TEMPLATE too, of which we have none.
  type: z.enum(['IMAGE', 'VMTEMPLATE']).optional(),
  name: Text,
  version: Text,
  'one-apps_version': Text.optional(),
  publisher: Text,
  publisher_email: z.email().optional(),
  description: Text,
  short_description: Text,
  tags: z.array(Text).min(1),
  format: z.literal('qcow2'),
  creation_time: z.int().positive(),
  'os-id': Text,
  'os-release': Text.optional(),
  'os-arch': z.enum(['x86_64', 'all']),
  hypervisor: z.literal('KVM'),
  opennebula_version: Text,
  opennebula_template: z.record(z.string(), z.unknown()).or(Text).optional(),
  logo: Text,
  images: z.array(Image).optional(),
  disks: z.array(Text).optional(),
});

/**
 * The marketplace's server as a consumer (appmarket-simple: src/lib/appliance.rb, src/models/appliances.rb), and its
 * `app2 validate` (src/app2/app2/validate.py), which looks before a release.
 */
export function checkServer({ entries, others }: Submission): Finding[] {
  return [
    ...entries.flatMap(schema),
    ...entries.flatMap(versions),
    ...entries.flatMap(id),
    ...clashes(entries, others),
  ];
}

function finding({ file }: Entry, rule: Rule, problem: string): Finding {
  return { file, rule, problem };
}

function schema(entry: Entry): Finding[] {
  const { error } = App.safeParse(entry.data);
  const wrong = (error?.issues ?? []).map(({ path, message }) => `${path.join('/')}: ${message}`);
  return [...wrong, ...missing(entry)].map((problem) => finding(entry, 'entry-schema', problem));
}

function missing(entry: Entry): string[] {
  if (entryType(entry) === 'IMAGE' && entryImages(entry).length === 0) return ['has no images'];
  const needed = isVm(entry) ? ['opennebula_template', 'os-release'] : [];
  return needed.filter((key) => entry.data[key] === undefined).map((key) => `has no ${key}`);
}

function versions(entry: Entry): Finding[] {
  const { opennebula_version: list } = entry.data;
  if (typeof list !== 'string') return [];
  const named = list.split(',').map((minor) => minor.trim());
  const malformed = named
    .filter((minor) => !/^\d+\.\d+$/.test(minor))
    .map((minor) => `«${minor}» is no minor`);
  const missing = minors.filter((minor) => !named.includes(minor)).map((minor) => `${minor} is missing`);
  const problems = [...malformed, ...missing];
  return problems.length === 0
    ? []
    : [finding(entry, 'opennebula-versions', `${list}: ${problems.join(', ')}`)];
}

function idOf({ file, data }: Entry): string {
  return typeof data.id === 'string' ? data.id : basename(file, '.yaml');
}

function id(entry: Entry): Finding[] {
  const uuid = entryUuid(entry);
  if (uuid === undefined) return [finding(entry, 'entry-id', 'the file name is no UUID in lower case')];
  return idOf(entry) === uuid ? [] : [finding(entry, 'entry-id', `id is ${idOf(entry)}`)];
}

function clashes(entries: readonly Entry[], others: readonly Entry[]): Finding[] {
  const all = [...entries, ...others];
  const sharing = (entry: Entry, rule: Rule, key: (entry: Entry) => unknown): Finding[] =>
    all
      .filter((other) => other !== entry && key(other) === key(entry))
      .map(({ file }) => finding(entry, rule, `${file} has «${String(key(entry))}» too`));
  return entries.flatMap((entry) => [
    ...sharing(entry, 'duplicate-id', idOf),
    ...sharing(entry, 'duplicate-name', ({ data }) => data.name),
  ]);
}
