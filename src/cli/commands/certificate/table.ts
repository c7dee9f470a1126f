import type { Command } from '../command.ts';

/** The commands about certificates, in the order of the help. */
export const certificateCommands: readonly Command[] = [
  {
    name: 'certificate status',
    words: [],
    options: [],
    about: 'show which certificates are served, until when, and what comes next',
    details: [
      "Each certificate with its names and addresses, who issued it, until when it is good, and its fingerprint; the own CA's certificate; and what the running gateway shows, to compare.",
      'Where an ACME CA is asked: when it is asked next and why then, and why the last attempt failed, with what to do.',
    ],
    needsRoot: 'always',
    load: async () => (await import('./status.ts')).certificateStatus,
  },
  {
    name: 'certificate renew',
    words: [],
    options: [],
    about: 'get another certificate now, from the ACME CA or the own one',
    details: [
      'Certificates are renewed by themselves in time; this is for when a key may have been seen, or when what kept a CA from issuing one is put right. Where an ACME CA is asked, its limits hold all the same: what it would refuse is not asked for, and the lines say until when. The one that is served stays until another is there. Exit code 0 means that another came.',
      'Else the own CA signs one with another key. The CA stays, so clients notice nothing. A certificate that the context gives is replaced there.',
    ],
    needsRoot: 'always',
    load: async () => (await import('./renew.ts')).renewCertificate,
  },
  {
    name: 'certificate test',
    words: [],
    options: [],
    about: 'try the certificates as clients do, and what an ACME CA looks at',
    details: [
      'A line for each check: every certificate that is served is in date, for the names it should be for, shown by the gateway with TLS 1.2 and 1.3, and leads to a CA that is known. Where an ACME CA is asked: whether the clock is right, the name leads here, and the port can be reached. Nothing is asked of a CA, and nothing is changed.',
      'A note is what may be wrong and cannot be known from here. Exit code 1 means that a check failed.',
    ],
    needsRoot: 'always',
    load: async () => (await import('./test.ts')).testCertificates,
  },
];
