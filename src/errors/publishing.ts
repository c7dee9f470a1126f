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
} as const;
