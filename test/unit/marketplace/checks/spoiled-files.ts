import {
  all,
  content,
  type Files,
  moved,
  paths,
  removed,
  replaced,
  type Spoil,
  set,
  written,
} from './spoil.ts';
import type { Spoiled } from './spoiled-entries.ts';

const { template, metadata, context, tests, spec, readme, changelog, logo, packer, services, pullRequest } =
  paths;

/** The whole app under another name. */
function renamed(name: string): Spoil {
  const rename = (path: string) =>
    path
      .replace('/onepilot/', `/${name}/`)
      .replace('00-onepilot_', `00-${name}_`)
      .replace('onepilot.pkr', `${name}.pkr`);
  return (files: Files) => {
    replaced(metadata, ':name: onepilot', `:name: ${name}`)(files);
    replaced(context, 'onepilot.qcow2', `${name}.qcow2`)(files);
    replaced(tests, '00-onepilot_', `00-${name}_`)(files);
    replaced(pullRequest, ':app: onepilot', `:app: ${name}`)(files);
    for (const path of [...files.keys()]) moved(path, rename(path))(files);
  };
}

/** Header of a PNG, which says its size. */
function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(33);
  header.write('89504e470d0a1a0a0000000d49484452', 'hex');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return header;
}

const params = ':app/:context/:params';
const aRow = /^\| `ONEAPP_COPILOT_USAGE_DAYS`.*\n/m;

/** Submissions in which something beside the entries is wrong, or with the name that all of them share. */
export const spoiledFiles: readonly Spoiled[] = [
  ['a digit in the app name', 'app-name', renamed('onepilot2')],
  ['an underscore in the app name', 'app-name', renamed('one_pilot')],
  [
    'another name in metadata.yaml',
    'app-name-differs',
    all(
      replaced(metadata, ':name: onepilot', ':name: pilot'),
      replaced(context, 'onepilot.qcow2', 'pilot.qcow2'),
    ),
  ],
  [
    'no Packer template of this name',
    'app-name-differs',
    moved(`${packer}/onepilot.pkr.hcl`, `${packer}/pilot.pkr.hcl`),
  ],
  [
    'tests of another name',
    'app-name-differs',
    all(moved(spec, spec.replace('00-onepilot', '00-pilot')), replaced(tests, '00-onepilot', '00-pilot')),
  ],
  ['no place in SERVICES', 'services', written(services, 'SERVICES := lithops nextcloud onepilot-lite\n')],
  ['two places in SERVICES', 'services', written(services, 'SERVICES := onepilot lithops onepilot\n')],
  [
    'a build of another image',
    'build-image',
    replaced(`${packer}/release.auto.pkrvars.json`, /[0-9a-f]{64}/, '0'.repeat(64)),
  ],
  ['a version without date', 'version-pattern', set(template, { version: '0.2.0' })],
  ['the date of another day', 'version-pattern', set(template, { version: '0.2.0-1-20261120' })],
  [
    'an id of its own',
    'identity',
    moved(template, 'appliances/onepilot/0e6f4a52-6a0e-4b62-9d4c-0d5f3b0a8c11.yaml'),
  ],
  ['a name of its own', 'identity', set(template, { name: 'OnePilot with a disk' })],

  ['a row missing in the table', 'readme-table', replaced(readme, aRow, '')],
  [
    'a row too many in the table',
    'readme-table',
    replaced(
      readme,
      '| `ONEAPP_COPILOT_USAGE_DAYS`',
      '| `ONEAPP_COPILOT_OLD` | not set | Old. |\n| `ONEAPP_COPILOT_USAGE_DAYS`',
    ),
  ],
  [
    'a wrong default in the table',
    'readme-table',
    replaced(readme, '`ONEAPP_COPILOT_USAGE_DAYS` | `90`', '`ONEAPP_COPILOT_USAGE_DAYS` | `30`'),
  ],
  [
    'a description of another time',
    'readme-table',
    replaced(readme, 'Days for which is kept', 'Weeks for which is kept'),
  ],
  ['no section for the version', 'changelog', replaced(changelog, '## [0.2.0-1-', '## [0.1.9-1-')],
  ['another app in the pull request', 'pull-request', replaced(pullRequest, ':app: onepilot', ':app: nginx')],
  ['no app in the pull request', 'pull-request', replaced(pullRequest, ':app: onepilot', 'app: onepilot')],

  ['no :params', 'metadata', set(metadata, { [params]: undefined })],
  ['a parameter that is no variable', 'metadata', set(metadata, { [`${params}/:COPILOT_SIZE`]: '1' })],
  [
    'a parameter with a prefix of its own',
    'metadata',
    set(metadata, { [`${params}/:ONEAPP_COPILOT_MAX_TOKENS`]: '16' }),
  ],
  [
    'a parameter with a comma',
    'metadata',
    set(metadata, { [`${params}/:COPILOT_ALLOWED_NETWORKS`]: '10.0.0.0/8,::/0' }),
  ],
  ['a timeout that is no string', 'metadata', set(metadata, { ':one/:timeout': 90 })],
  [
    'a datastore under a key that nobody reads',
    'metadata',
    set(metadata, { ':one/:datastore_name': 'default' }),
  ],
  ['no template', 'metadata', set(metadata, { ':one/:template': undefined })],
  ['symbols that are strings', 'metadata', replaced(metadata, ':infra:', '":infra":')],
  [
    'a test that is not there',
    'tests-list',
    written(tests, '---\n- 00-onepilot_basic.rb\n- 01-onepilot_more.rb\n'),
  ],
  [
    'a test that is never run',
    'tests-list',
    (files) => files.set(spec.replace('00-', '01-'), content(files, spec)),
  ],
  [
    'a test without the shared context',
    'spec',
    replaced(spec, "include_context('vm_handler')", 'Community::AppHandler.new'),
  ],
  ['a test that does not load the harness', 'spec', replaced(spec, /require_relative .*\n/, '')],
  [
    'the context suite for another image',
    'context-file',
    replaced(context, 'onepilot.qcow2', 'one_pilot.qcow2'),
  ],

  [
    'a change log in Latin-1',
    'text-encoding',
    (files) => files.set(changelog, Buffer.concat([content(files, changelog), Buffer.from([0xe9, 0x0a])])),
  ],
  ['a small logo', 'logo', written(logo, png(200, 200))],
  ['a logo that is no PNG', 'logo', written(logo, '<svg xmlns="http://www.w3.org/2000/svg"/>')],
  ['no logo', 'logo', removed(logo)],
];
