import { basename } from 'node:path';
import type { Entries, Identity } from '../entries.ts';
import type { Finding, Rule } from './finding.ts';
import { mapping } from './mapping.ts';
import {
  appFile,
  type Entry,
  entryImages,
  entryType,
  entryUuid,
  readYaml,
  type Submission,
} from './submission.ts';

const communityApps = 'apps-code/community-apps';

/**
 * The build and the test harness as consumers (marketplace-community: apps-code/community-apps/Makefile and
 * Makefile.config, lib/community/app_handler.rb), which know an app by one name; and the core, which knows an entry by
 * its name and id for as long as somebody has it (one, src/market/MarketPlaceAppPool.cc).
 */
export function checkNaming(submission: Submission, identities: Entries): Finding[] {
  return [
    ...appName(submission),
    ...sameName(submission),
    ...services(submission),
    ...submission.entries.flatMap((entry) => [...versionless(entry), ...versioned(entry)]),
    ...submission.entries.flatMap((entry) => identity(entry, identities)),
  ];
}

function finding(file: string, rule: Rule, problem: string): Finding {
  return { file, rule, problem };
}

function appName({ app }: Submission): Finding[] {
  if (/^[a-z]+(-[a-z]+)*$/.test(app)) return [];
  return [finding(`appliances/${app}`, 'app-name', 'must have lower case letters and hyphens alone')];
}

function sameName(submission: Submission): Finding[] {
  const { app, files } = submission;
  const { file, content } = appFile(submission, 'metadata.yaml');
  const named = mapping(mapping(content && readYaml(content))[':app'])[':name'];
  const template = `${communityApps}/packer/${app}/${app}.pkr.hcl`;
  const specs = [...files.keys()].filter((path) => path.startsWith(`appliances/${app}/tests/`));
  return [
    ...(content && named !== app
      ? [finding(file, 'app-name-differs', `:app→:name is ${String(named)}, the directory ${app}`)]
      : []),
    ...(files.has(template) ? [] : [finding(template, 'app-name-differs', 'is missing')]),
    ...specs
      .filter((path) => path.endsWith('.rb') && !basename(path).includes(`-${app}_`))
      .map((path) => finding(path, 'app-name-differs', `must be called NN-${app}_….rb`)),
  ];
}

function services({ app, files }: Submission): Finding[] {
  const file = `${communityApps}/Makefile.config`;
  const text = files.get(file)?.toString();
  // A submission that is not in a checkout has none.
  if (text === undefined) return [];
  const listed = /^SERVICES\s*:?=(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  const times = listed.filter((service) => service === app).length;
  return times === 1 ? [] : [finding(file, 'services', `SERVICES has ${app} ${times} times`)];
}

function versionless({ file, data }: Entry): Finding[] {
  const name = String(data.name);
  const [release = ''] = String(data.version).split('-');
  const minor = release.split('.').slice(0, 2).join('.');
  const found =
    /\bv\d|\d+\.\d+\.\d+|\b\d{8}\b/i.test(name) || (minor.includes('.') && name.split(/\s+/).includes(minor));
  return found ? [finding(file, 'version-in-name', `«${name}» has a version in it`)] : [];
}

function versioned({ file, data }: Entry): Finding[] {
  const version = String(data.version);
  const date = /^\d+\.\d+\.\d+-\d+-(\d{8})$/.exec(version)?.[1];
  if (date === undefined) {
    return [finding(file, 'version-pattern', `«${version}» is not RELEASE-NUMBER-YYYYMMDD`)];
  }
  const created = new Date(Number(data.creation_time) * 1000);
  const day = Number.isNaN(created.valueOf()) ? date : created.toISOString().slice(0, 10).replaceAll('-', '');
  return day === date ? [] : [finding(file, 'version-pattern', `${version} was created on ${day}`)];
}

/** The identities that an entry of this kind may have. */
function identitiesFor(entry: Entry, { images, system, modelDisks, templates }: Entries): Identity[] {
  if (entryType(entry) === 'VMTEMPLATE') return Object.values(templates);
  if (entryImages(entry)[0]?.type === 'DATABLOCK') return Object.values(modelDisks);
  return [system, ...Object.values(images)];
}

function identity(entry: Entry, identities: Entries): Finding[] {
  const uuid = entryUuid(entry);
  // Another check's finding.
  if (uuid === undefined) return [];
  const known = identitiesFor(entry, identities).find((one) => one.uuid === uuid);
  if (known?.name === entry.data.name) return [];
  const problem = known
    ? `is called «${String(entry.data.name)}», which was «${known.name}» before`
    : 'has an id that appliance/marketplace/entries.yaml does not have for this kind of entry';
  return [finding(entry.file, 'identity', problem)];
}
