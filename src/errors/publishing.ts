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
  BILL_MISSING: {
    what: '{path} is missing or cannot be read.',
    fix: 'It is published beside the image: copy it from there.',
  },
  BILL_NO_LICENCE_TEXT: {
    what: 'No licence text was found for {name} in {folder}, and nothing goes into an image without one.',
    fix: 'Run npm ci; if its makers moved the text, say where it is in src/bill/licences/.',
  },
  BILL_NOT_STATED: {
    what: '{path} names no bill of materials, so nothing vouches for one.',
    fix: 'Build the image again with npm run image and publish what that leaves in the output directory.',
  },
  BILL_WRONG: {
    what: '{path} is not the bill of materials of its manifest: its SHA-256 is {found}, not {stated}.',
    fix: 'Copy it again from where the image is published; if it stays wrong, do not trust what it says.',
  },
  MANIFEST_MISSING: {
    what: '{path} is missing or cannot be read.',
    fix: 'It is written beside the image by npm run image: name the image where that left it, or copy both.',
  },
  MANIFEST_WRONG: {
    what: '{path} is no manifest of this version of OnePilot:\n{problems}',
    fix: 'Build the image again with npm run image, with the same checkout.',
  },
  MARKETPLACE_CHECK_FAILED: {
    what: '{folder} would not get through, {count} findings:\n{findings}',
    fix: 'Make it anew with npm run marketplace. Where the generator is wrong, correct it in src/marketplace, not in what it wrote.',
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
  MARKETPLACE_UNKNOWN_SIZE: {
    what: 'Nothing says how many virtual CPUs a VM with the profile «{profile}» is to have.',
    fix: 'Add the profile to vcpus in {file}; those of appliance/catalogue.yaml state it there.',
  },
  MARKETPLACE_WRONG_KIND: {
    what: '{file} is {found}; {option} takes {wanted}.',
    fix: 'Name the right file: npm run marketplace -- --help says which option takes what.',
  },
  MARKETPLACE_YAMLLINT_FAILED: {
    what: 'yamllint ended before it had read the submission ({exit}):\n{output}',
    fix: 'Correct the file that it names; where it names none, install it again: apt-get install --reinstall yamllint',
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
  RELEASE_NOT_READY: {
    what: 'Version {version} cannot be released from this checkout:\n{problems}',
    fix: 'Put each right and run the same command again; --rehearse tries everything with what is here.',
  },
  REPRODUCE_BAD_DATE: {
    what: 'SOURCE_DATE_EPOCH is «{given}», and not the seconds since 1970 of a date.',
    fix: 'Set it to a whole number above 0, or leave it out: the date is then that of the version in CHANGELOG.md.',
  },
  REPRODUCE_NO_IMAGE: {
    what: 'There is no image at {path}.',
    fix: 'Name two qcow2 files: npm run reproduce -- --compare IMAGE IMAGE.',
  },
  REPRODUCE_NO_DATE: {
    what: 'No date for the image: no section of CHANGELOG.md has one, and this is no git checkout.',
    fix: 'Set SOURCE_DATE_EPOCH to the seconds since 1970 of the date that its files are to have.',
  },
  REPRODUCE_ARCHIVE_MOVED: {
    what: 'The package archive changed between the two builds, so their inputs were not the same: {packages}.',
    fix: 'Run the same command again.',
  },
  REPRODUCE_DIFFERS: {
    what: 'The images differ where nobody expects it ({count}):\n{differences}',
    fix: 'Remove the cause where the image is built, or add the path with its reason to appliance/differences.yaml.',
  },
  SIGNATURE_FAILED: {
    what: '{path} could not be signed: {reason}',
    fix: 'Give the file of a private key that ssh-keygen can read; add one with a passphrase to ssh-agent first: ssh-add FILE.',
  },
  SIGNATURE_IMAGE_MISSING: {
    what: '{path} is missing or cannot be read.',
    fix: 'Name the image file: its manifest, bill and signature are looked for beside it.',
  },
  SIGNATURE_IMAGE_WRONG: {
    what: '{path} is not the image of its manifest: {fact} is {found}, not {stated}.',
    fix: 'Fetch it again; if it stays wrong, do not use it and tell whoever publishes it.',
  },
  SIGNATURE_MISSING: {
    what: '{path} is missing or cannot be read: the manifest is not signed.',
    fix: 'Fetch it from where the image is published. Own images are signed with npm run verify -- IMAGE --sign --key FILE.',
  },
  SIGNATURE_NAME_WRONG: {
    what: '{path} was published as {stated}: it may be another one than its name says.',
    fix: 'If {stated} is what you want, give it that name and what lies beside it; if not, fetch the right one.',
  },
  SIGNATURE_NO_KEY: {
    what: 'No key to sign with.',
    fix: 'Name the file of a private key with --key FILE or ONEPILOT_SIGNING_KEY; ssh-keygen -t ed25519 makes one.',
  },
  SIGNATURE_NO_SIGNERS: {
    what: '{path} is missing or cannot be read: nobody is trusted to sign.',
    fix: 'Name a file with a line per trusted signer, as ssh-keygen(1) describes under ALLOWED SIGNERS: --signers FILE.',
  },
  SIGNATURE_NO_TOOL: {
    what: 'ssh-keygen cannot be run.',
    fix: 'Install OpenSSH 8.4 or later: apt-get install openssh-client.',
  },
  SIGNATURE_NOT_ALLOWED: {
    what: '{path} is signed by {signer}, who may not sign manifests: {reason}',
    fix: 'Do not use the image unless whoever gave you {signers} allows that signer the namespace {namespace}.',
  },
  SIGNATURE_REFUSED: {
    what: '{path} is not to be trusted:\n{problems}',
    fix: 'Every line above says what to do about it; do not use the image before.',
  },
  SIGNATURE_UNKNOWN_SIGNER: {
    what: '{path} is signed with a key that {signers} does not hold: {key}.',
    fix: 'Do not use the image unless its publisher tells you, some other way, that this key is theirs; then add a line for it.',
  },
  SIGNATURE_WRONG: {
    what: '{path} is no signature of the manifest beside it: {reason}',
    fix: 'Fetch manifest and signature again; if it stays wrong, one of them was changed: do not use the image.',
  },
} as const;
