/** What publishing adds to the error catalogue (see catalogue.ts): manifest, submission, audit, signature, release. */
export const publishingErrors = {
  AUDIT_FINDINGS: {
    what: '{image} is not what an image may be ({count}):\n{findings}',
    fix: 'Correct what makes it so, or, where it belongs in the image, state it with its reason in appliance/audit.yaml; then build again.',
  },
  AUDIT_NOT_BOOTABLE: {
    what: '{image} is a disk of models, which holds nothing to audit: npm run verify compares its hashes.',
    fix: 'Name an image that boots.',
  },
  AUDIT_UNREADABLE: {
    what: '{image} cannot be taken apart: {reason}.',
    fix: 'Build it again with npm run image; an image is a qcow2 file with a GPT, an EFI partition and an ext4 root.',
  },
  MANIFEST_MISSING: {
    what: '{path} is missing or cannot be read.',
    fix: 'It is written beside the image by npm run image: name the image where that left it, or copy both.',
  },
  MANIFEST_WRONG: {
    what: '{path} is no manifest of this version of OnePilot:\n{problems}',
    fix: 'Build the image again with npm run image, with the same checkout.',
  },
  MARKETPLACE_ENTRIES_WRONG: {
    what: '{path} is not what the generator needs:\n{problems}',
    fix: 'Correct it; src/marketplace/entries.ts says what each field is.',
  },
  MARKETPLACE_NEEDS_ONE_CONTEXT: {
    what: '{file} has no one-context, which the marketplace certifies images with.',
    fix: 'Build it with npm run image -- --contextualization one-context; --allow-agent writes the submission all the same, to look at.',
  },
  MARKETPLACE_NO_CHECKOUT: {
    what: '{path} is no checkout of the marketplace repository: {reason}.',
    fix: 'Clone OpenNebula/marketplace-community and give the path of its top folder.',
  },
  MARKETPLACE_NO_IMAGE: {
    what: '{path} cannot be published: {reason}.',
    fix: 'Name a qcow2 image that npm run image made; qemu-img of the package qemu-utils reads it.',
  },
  MARKETPLACE_NO_RELEASE: {
    what: '{path} has no Debian release to name: its manifest lists no package base-files.',
    fix: 'Build the image again with npm run image.',
  },
  MARKETPLACE_STALE_MANIFEST: {
    what: '{path} is not the file that its manifest describes:\n{problems}',
    fix: 'Copy image and manifest together, or build the image again with npm run image.',
  },
  MARKETPLACE_UNKNOWN_PROFILE: {
    what: 'The marketplace has no identity for the profile «{profile}» in {table}.',
    fix: 'Add a row with a random UUID (uuidgen -r) and a name to {table} in {file}, and commit it: both stay for ever.',
  },
  MARKETPLACE_WRONG_KIND: {
    what: '{file} is {found}; {option} takes {wanted}.',
    fix: 'Name the right file: npm run marketplace -- --help says which option takes what.',
  },
  ONE_CONTEXT_MISSING: {
    what: 'There is no file {path}.',
    fix: 'Give the path of the one-context package that you have fetched: --one-context FILE.deb.',
  },
  ONE_CONTEXT_NOT_PINNED: {
    what: '{file} names no SHA-256 for the one-context package, and an unchecked file is not installed.',
    fix: 'Fetch {url} where there is a network and give it: --one-context FILE.deb; or write its hash into {file}.',
  },
  ONE_CONTEXT_UNREACHABLE: {
    what: 'The one-context package could not be fetched from {url}: {reason}.',
    fix: 'Check the network, or fetch it elsewhere and give the file: --one-context FILE.deb.',
  },
  ONE_CONTEXT_WRONG: {
    what: '{path} is not the one-context package: {reason}.',
    fix: 'Fetch the package of the release that packer/one-context.yaml names again, and compare its hash.',
  },
  REPRODUCE_BAD_DATE: {
    what: 'SOURCE_DATE_EPOCH is «{given}», and not the seconds since 1970 of a date.',
    fix: 'Set it to a whole number above 0, or leave it out: the date is then that of the version in CHANGELOG.md.',
  },
  REPRODUCE_NO_DATE: {
    what: 'No date for the image: no section of CHANGELOG.md has one, and this is no git checkout.',
    fix: 'Set SOURCE_DATE_EPOCH to the seconds since 1970 of the date that its files are to have.',
  },
  REPRODUCE_DIFFERS: {
    what: 'Two builds of the same inputs differ:\n{differences}',
    fix: 'Remove the cause where the image is built, or add the path with its reason to appliance/differences.yaml.',
  },
} as const;
