/**
 * What the checks look for, by the rule's name, and who would stumble. A test proves that each of them is found in
 * a submission that was spoiled that way, and nothing else.
 */
export const rules = {
  'template-dropped': 'the import driver drops a VM template with a number or a boolean in it',
  'attribute-dropped': 'the import driver hands on neither lists nor empty values nor what lies deeper',
  'quote-in-value': 'the import driver does not escape double quotes in a VM template',
  'template-unreadable': 'the core reads something else than what the entry says',
  'app-unreadable': 'the core reads something else about the app than what the entry says',
  'one-image': 'the import driver takes the first image alone',
  'disk-app': 'disks of a VM template are names of apps',
  'device-in-template':
    'networks, disks and devices are what the one who imports has, not what the publisher has',
  'scheduling-in-template': 'the import says itself which hosts can run the VM',
  'context-basics': 'the appliance needs these of its context',
  'context-reference': "an answer of the form reaches the VM only through CONTEXT's $NAME",
  capacity: 'a VM without capacity cannot be instantiated; without host-passthrough it computes slowly',
  'entry-schema': "the marketplace server's keys and types, and app2 validate's",
  'opennebula-versions': 'clients see the apps of their own minor version alone',
  'entry-id': 'the file name is the id',
  'duplicate-id': 'the marketplace server refuses to start with two apps of one id',
  'duplicate-name': 'the core tells apps apart by name',
  'input-parts': 'the command line ends at an input that has neither three nor five parts',
  'input-type': 'the command line ends at an input of a type that it does not know',
  'input-default': 'the command line ends, or never ends, at an empty answer',
  'input-name': 'attributes of the core are in upper case',
  'inputs-order': 'an input that the order does not name has no place in the form',
  'app-name': 'the Makefile cuts the name at the first digit, the test harness at the last underscore',
  'app-name-differs': 'the build finds directory, Packer folder and tests by one name',
  services: 'the build knows the apps that SERVICES names',
  'build-image': 'the community build fetches the image that the entry names',
  'version-in-name': 'with a version in its name every release is another app',
  'version-pattern': 'the version says release and date',
  identity: 'with another id or name the app of those who have it is never updated',
  'url-https': 'images are fetched over HTTPS',
  placeholder: 'a placeholder was never filled in',
  'not-public': 'whoever imports, or writes to the publisher, does it over the internet',
  'url-version': "app2 takes the version in an image's URL for the version of the app",
  'url-file': 'the core fetches the image itself, no page about it',
  'url-shared': 'two files cannot lie at one address',
  'url-limit': 'GitHub takes files of less than 2 GiB into a release',
  'image-checksum': 'the checksums are of the very file',
  'image-size': 'the core reserves the size of the disk in the file, not of the file',
  'image-time': 'the creation time is the time of this build',
  'image-memory': 'a VM with less memory than the profile needs does not serve',
  'image-unmatched': 'every image has its entry, every entry its image',
  'readme-table': 'the table of variables is the one in the code',
  changelog: 'the change log has a section for the version',
  metadata: 'the test harness reads these keys',
  'tests-list': 'the test harness runs the files that tests.yaml names',
  spec: 'the test harness has a shared context vm_handler and no class',
  'context-file': 'the context suite reads what the harness would write',
  'pull-request': "the repository's workflow takes the app's name from the pull request",
  'yaml-plain': 'Ruby loads neither aliases nor dates nor objects of its own',
  'text-encoding': 'those who read texts end at one that is not UTF-8',
  yamllint: "the repository's workflow runs yamllint",
  logo: "the marketplace's cards show logos of 300 by 300 pixels",
  'script-syntax': 'appliance.sh is sourced by a shell',
  'script-functions': 'the service framework calls these functions',
} as const;

export type Rule = keyof typeof rules;

/** Something that a consumer of the submission would refuse, drop or misunderstand. */
export interface Finding {
  /** Path of the file, relative to the submission. */
  readonly file: string;
  readonly rule: Rule;
  readonly problem: string;
}
