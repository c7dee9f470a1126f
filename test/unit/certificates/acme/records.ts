import type { AcmeRecord } from '../../../../src/certificates/acme/record.ts';
import type { Stock } from '../../../../src/certificates/acme/stock.ts';
import { subjectOf } from '../../../../src/certificates/acme/subject.ts';
import type { AcmeWanted } from '../../../../src/certificates/acme/wanted.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export const start = new Date('2026-11-21T12:00:00.000Z');

/** So many milliseconds after the start of the test's story. */
export function later(milliseconds: number): Date {
  return new Date(start.getTime() + milliseconds);
}

export const wanted: AcmeWanted = {
  identifiers: [{ type: 'dns', value: 'copilot.example.net' }],
  server: { directory: 'https://ca.example.net/directory' },
  staging: { directory: 'https://staging.example.net/directory' },
  addresses: ['198.51.100.7'],
};

export const subject = subjectOf(wanted);

let made = 0;

/** A certificate in stock, got at `got`, that nothing but its facts is asked of. */
export function stocked(got: Date, days = 90, covers = true): Stock {
  made += 1;
  return {
    identity: { certificate: `certificate ${made}`, key: `key ${made}` },
    issuer: 'Test CA',
    notBefore: new Date(got.getTime() - hour),
    notAfter: new Date(got.getTime() - hour + days * day),
    fingerprint: `FI:NG:ER:${made}`,
    covers,
  };
}

export const problem = { code: 'ACME_TEST', what: 'It failed.', fix: 'Try again.' };

/** A record that says nothing special, but what is given. */
export function recordWith(fields: Partial<AcmeRecord>): AcmeRecord {
  return {
    subject,
    next: start.toISOString(),
    because: 'first',
    failures: 0,
    failedChecks: 0,
    staging: false,
    orders: [],
    ...fields,
  };
}
