import type { Rule } from '../../../../src/marketplace/checks/finding.ts';
import { all, copied, moved, paths, removed, replaced, type Spoil, set } from './spoil.ts';

/** A submission with one thing wrong: what, by which rule it is found, and how it came to be. */
export type Spoiled = readonly [what: string, rule: Rule, spoil: Spoil];

const { image, system, disk, template } = paths;
const inTemplate = (values: Readonly<Record<string, unknown>>, path: string = image): Spoil =>
  set(
    path,
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`opennebula_template/${key}`, value])),
  );

const domain = 'ONEAPP_COPILOT_TLS_DOMAIN';
const asking = (input: string) => inTemplate({ [`user_inputs/${domain}`]: input });

const anotherImage = {
  name: 'onepilot-more',
  url: 'https://github.com/onepilot/onepilot/releases/download/v0.2.0/more.qcow2',
  type: 'DATABLOCK',
  dev_prefix: 'vd',
  driver: 'qcow2',
  size: 1,
  checksum: { md5: '0'.repeat(32), sha256: '0'.repeat(64) },
};

const otherUuid = '0e6f4a52-6a0e-4b62-9d4c-0d5f3b0a8c11';

/** Entries that a consumer would stumble over. */
export const spoiledEntries: readonly Spoiled[] = [
  ['an integer scalar', 'template-dropped', inTemplate({ memory: 2048 })],
  ['a boolean scalar', 'template-dropped', replaced(image, 'type: vnc', 'type: vnc\n    random_passwd: YES')],
  ['a scalar with a fraction', 'template-dropped', inTemplate({ cpu: 2.5 }, template)],
  ['a list in the template', 'attribute-dropped', inTemplate({ features: ['acpi'] })],
  ['an empty value', 'attribute-dropped', inTemplate({ 'graphics/keymap': '' })],
  ['a mapping in a mapping', 'attribute-dropped', inTemplate({ 'graphics/keymap': { name: 'de' } })],
  ['a double quote in a value', 'quote-in-value', inTemplate({ 'graphics/keymap': 'the "de" one' })],
  ['a backslash before the end of a value', 'template-unreadable', inTemplate({ 'graphics/keymap': 'de\\' })],

  [
    'a description with a backslash at its end',
    'app-unreadable',
    set(disk, { short_description: 'Models\\' }),
  ],
  ['a tag with a backslash at its end', 'app-unreadable', set(image, { tags: ['ai', 'b\\'] })],

  ['an extra image', 'one-image', set(image, { 'images/1': anotherImage })],
  ['an image of a VM template', 'one-image', set(template, { images: [anotherImage] })],
  ['a disk that is no app', 'disk-app', set(template, { 'disks/1': 'OnePilot models' })],
  ['a VM template without disks', 'disk-app', set(template, { disks: [] })],

  ['a NIC in the template', 'device-in-template', inTemplate({ nic: { network: 'service' } })],
  ['a disk in the template', 'device-in-template', inTemplate({ disk: { image: 'onepilot' } })],
  ['a PCI device in the template', 'device-in-template', inTemplate({ PCI: { class: '0300' } }, template)],
  ['requirements of its own', 'scheduling-in-template', inTemplate({ sched_requirements: 'ID=1' })],
  ['no READY wanted', 'context-basics', inTemplate({ 'context/REPORT_READY': undefined })],
  ['a fixed host name', 'context-basics', inTemplate({ 'context/SET_HOSTNAME': 'onepilot' }, system)],
  ['a missing context reference', 'context-reference', inTemplate({ [`context/${domain}`]: undefined })],
  [
    'a context reference to another input',
    'context-reference',
    inTemplate({ [`context/${domain}`]: '$NAME' }),
  ],
  ['a context reference to no input', 'context-reference', inTemplate({ 'context/X': '$ONEAPP_COPILOT_X' })],
  ['no virtual CPUs', 'capacity', inTemplate({ vcpu: undefined })],
  ['a share of a CPU in words', 'capacity', inTemplate({ cpu: 'half' }, system)],
  ['a generic CPU', 'capacity', inTemplate({ 'cpu_model/model': 'qemu64' })],

  ['a release that is a number', 'entry-schema', set(image, { 'os-release': 13 })],
  ['no short description', 'entry-schema', set(image, { short_description: undefined })],
  ['a VM without a template', 'entry-schema', set(template, { opennebula_template: undefined })],
  ['a type that is no entry of ours', 'entry-schema', set(image, { type: 'SERVICE_TEMPLATE' })],
  ['a format that no driver has', 'entry-schema', set(disk, { format: 'qcow3' })],
  ['an e-mail address that is none', 'entry-schema', set(disk, { publisher_email: 'somebody' })],
  ['minors that are a number', 'entry-schema', set(image, { opennebula_version: 7.4 })],
  ['a minor left out', 'opennebula-versions', set(image, { opennebula_version: '6.10, 7.0, 7.4' })],
  [
    'a patch release',
    'opennebula-versions',
    set(image, { opennebula_version: '6.10, 7.0, 7.2, 7.4, 7.4.1' }),
  ],
  ['an id that is not the file name', 'entry-id', set(template, { id: otherUuid })],
  ['a file name that is no UUID', 'entry-id', moved(template, 'appliances/onepilot/onepilot.yaml')],
  [
    'the id of another app',
    'duplicate-id',
    all(
      copied(image, image.replace('onepilot', 'other')),
      set(image.replace('onepilot', 'other'), { name: 'Another' }),
    ),
  ],
  ['the name of another app', 'duplicate-name', copied(image, `appliances/other/${otherUuid}.yaml`)],

  ['a four-part input', 'input-parts', asking('O|text|Domain|')],
  [
    'a four-part input under a name in upper case',
    'input-parts',
    all(asking('O|text|Domain|'), replaced(image, '  user_inputs:', '  USER_INPUTS:')),
  ],
  ['a two-part input', 'input-parts', asking('O|text')],
  ['an input neither mandatory nor optional', 'input-parts', asking('X|text|Domain')],
  ['an input without a description', 'input-parts', asking('O|text|')],
  ['an unknown input type', 'input-type', asking('O|string|Domain')],
  ['a boolean in small letters', 'input-default', asking('O|boolean|Domain||yes')],
  ['a boolean without a default', 'input-default', asking('O|boolean|Domain')],
  ['a text64 without a default to encode', 'input-default', asking('O|text64|Domain')],
  ['an optional number in three parts', 'input-default', asking('O|number|Domain')],
  ['a number that is none', 'input-default', asking('O|number|Domain||many')],
  ['a whole number with a fraction', 'input-default', asking('O|number|Domain||1.5')],
  ['an option with a comma', 'input-default', asking('M|list|Domain|one, or two,three|three')],
  ['an option twice', 'input-default', asking('O|list|Domain|one,two,one|two')],
  ['a default that is no option', 'input-default', asking('O|list|Domain|one,two|three')],
  [
    'several defaults, one of them no option',
    'input-default',
    asking('O|list-multiple|Domain|one,two|one,three'),
  ],
  ['a range that is none', 'input-default', asking('O|range|Domain|1-5|2')],
  ['a range from high to low', 'input-default', asking('O|range|Domain|5..1|2')],
  ['a default out of range', 'input-default', asking('O|range|Domain|1..5|6')],
  ['a fixed input without its value', 'input-default', asking('O|fixed|Domain||')],
  [
    'an input in small letters',
    'input-name',
    replaced(image, /^ {4}ONEAPP_COPILOT_TLS_DOMAIN: (?="?O\|)/m, '    oneapp_copilot_tls_domain: '),
  ],
  ['an input without its place in the order', 'inputs-order', replaced(image, `${domain},`, '')],
  [
    'a place in the order without an input',
    'inputs-order',
    replaced(image, `${domain},`, `${domain},ONEAPP_X,`),
  ],
  ['an input at two places', 'inputs-order', replaced(image, `${domain},`, `${domain},${domain},`)],

  ['a URL without TLS', 'url-https', replaced(disk, 'url: https:', 'url: http:')],
  ['a URL with a password', 'url-https', replaced(disk, 'url: https://', 'url: https://me:secret@')],
  ['a reserved domain', 'placeholder', replaced(disk, 'github.com', 'downloads.example.com')],
  ['the publisher himself', 'not-public', replaced(disk, 'github.com', 'localhost:8080')],
  ['a name of a private network', 'not-public', replaced(disk, 'github.com', 'downloads.onepilot.internal')],
  ['an address of a private network', 'not-public', replaced(disk, 'github.com', '192.168.1.5:8443')],
  ['a publisher in a local network', 'not-public', set(template, { publisher_email: 'me@host.lan' })],
  [
    'a bucket to be named',
    'placeholder',
    replaced(disk, 'github.com/onepilot', 's3.amazonaws.com/your-bucket'),
  ],
  ['a URL to come', 'placeholder', set(disk, { 'images/0/url': 'TODO' })],
  ['an address at a reserved domain', 'placeholder', set(template, { publisher_email: 'you@example.org' })],
  [
    'the URL of another version',
    'url-version',
    replaced(disk, '-0.2.0-1-20261121.qcow2', '-0.1.0-1-20260101.qcow2'),
  ],

  ['the page of a release', 'url-file', replaced(disk, /releases\/download.*\.qcow2/, 'releases/tag/v0.2.0')],
  [
    'the URL of another image',
    'url-shared',
    replaced(disk, 'onepilot-models-smoke-0.2.0', 'onepilot-system-0.2.0'),
  ],

  ['a date without quotes', 'yaml-plain', replaced(image, /^format: /m, 'since: 2026-11-21\nformat: ')],
  [
    'an alias',
    'yaml-plain',
    replaced(template, /^publisher: (.*)$/m, 'publisher: &who OnePilot\nmaker: *who'),
  ],
  ["an object of Ruby's", 'yaml-plain', replaced(disk, /^format: /m, 'since: !ruby/object:Set {}\nformat: ')],

  ['a stale SHA-256', 'image-checksum', set(disk, { 'images/0/checksum/sha256': '0'.repeat(64) })],
  ['a stale MD5', 'image-checksum', set(system, { 'images/0/checksum/md5': '0'.repeat(32) })],
  ['the physical size for the virtual one', 'image-size', set(disk, { 'images/0/size': 196624 })],
  [
    'the time of another build',
    'image-time',
    replaced(disk, /creation_time: \d+/, 'creation_time: 1795219200'),
  ],
  ['too little memory', 'image-memory', inTemplate({ memory: '1024' })],
  ['too little memory for the models of the disk', 'image-memory', inTemplate({ memory: '1024' }, template)],
  ['an image without an entry', 'image-unmatched', removed(disk, template)],
];
