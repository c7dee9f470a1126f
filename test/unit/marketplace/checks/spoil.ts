import { parseDocument } from 'yaml';
import { type Entries, readEntries } from '../../../../src/marketplace/entries.ts';

/** The files of a submission, to be spoiled in place. */
export type Files = Map<string, Buffer>;

export type Spoil = (files: Files) => void;

export const identities: Entries = await readEntries();

const appliance = 'appliances/onepilot';

function entryPath(identity: { readonly uuid: string } | undefined): string {
  if (!identity) throw new Error('No such identity.');
  return `${appliance}/${identity.uuid}.yaml`;
}

/** Paths of what the good submission has. */
export const paths = {
  image: entryPath(identities.images.smoke),
  system: entryPath(identities.system),
  disk: entryPath(identities.modelDisks.smoke),
  template: entryPath(identities.templates.smoke),
  metadata: `${appliance}/metadata.yaml`,
  context: `${appliance}/context.yaml`,
  tests: `${appliance}/tests.yaml`,
  spec: `${appliance}/tests/00-onepilot_basic.rb`,
  script: `${appliance}/appliance.sh`,
  readme: `${appliance}/README.md`,
  changelog: `${appliance}/CHANGELOG.md`,
  logo: 'logos/onepilot.png',
  packer: 'apps-code/community-apps/packer/onepilot',
  services: 'apps-code/community-apps/Makefile.config',
  pullRequest: 'PULL_REQUEST.md',
} as const;

/** What stands in a file that must be there. */
export function content(files: Files, path: string): Buffer {
  const found = files.get(path);
  if (!found) throw new Error(`There is no ${path}.`);
  return found;
}

/** Replaces what must stand in a file. */
export function replaced(path: string, from: string | RegExp, to: string): Spoil {
  return (files) => {
    const text = content(files, path).toString();
    const changed = text.replace(from, () => to);
    if (changed === text) throw new Error(`${path} has no ${from}.`);
    files.set(path, Buffer.from(changed));
  };
}

/** Sets values in a YAML file, by their path with slashes; undefined removes what must be there. */
export function set(path: string, values: Readonly<Record<string, unknown>>): Spoil {
  return (files) => {
    const document = parseDocument(content(files, path).toString(), { version: '1.1' });
    for (const [name, value] of Object.entries(values)) {
      const keys = name.split('/').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
      if (value !== undefined) document.setIn(keys, value);
      else if (!document.deleteIn(keys)) throw new Error(`${path} has no ${name}.`);
    }
    files.set(path, Buffer.from(document.toString({ lineWidth: 0 })));
  };
}

/** Gives a file another path. */
export function moved(from: string, to: string): Spoil {
  return (files) => {
    const found = content(files, from);
    files.delete(from);
    files.set(to, found);
  };
}

export function copied(from: string, to: string): Spoil {
  return (files) => {
    files.set(to, content(files, from));
  };
}

export function removed(...gone: readonly string[]): Spoil {
  return (files) => {
    for (const path of gone) {
      content(files, path);
      files.delete(path);
    }
  };
}

export function written(path: string, text: string | Buffer): Spoil {
  return (files) => {
    files.set(path, Buffer.from(text));
  };
}

/** One after the other. */
export function all(...spoils: readonly Spoil[]): Spoil {
  return (files) => {
    for (const spoil of spoils) spoil(files);
  };
}
