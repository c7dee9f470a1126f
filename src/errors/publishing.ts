/** What publishing adds to the error catalogue (see catalogue.ts): manifest, submission, audit, signature, release. */
export const publishingErrors = {
  MANIFEST_MISSING: {
    what: '{path} is missing or cannot be read.',
    fix: 'It is written beside the image by npm run image: name the image where that left it, or copy both.',
  },
  MANIFEST_WRONG: {
    what: '{path} is no manifest of this version of OnePilot:\n{problems}',
    fix: 'Build the image again with npm run image, with the same checkout.',
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
} as const;
