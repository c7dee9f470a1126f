import { afterEach, describe, expect, test } from 'vitest';
import { checkClock, checkServer } from '../../../../src/certificates/acme/checks/server.ts';
import { type AcmeDirectory, startAcmeDirectory } from '../../../support/acme-directory.ts';
import { freePort } from '../../../support/pebble/pebble.ts';
import { day, later, minute, start, wanted } from './records.ts';

let ca: AcmeDirectory | undefined;

afterEach(async () => {
  await ca?.close();
  ca = undefined;
});

/** @param ahead Milliseconds by which the clock of the VM is ahead. */
async function checked({ url, root }: { url: string; root: string | undefined }, ahead = 0) {
  const { outcome, problem } = await checkServer({
    server: { directory: url },
    wanted: { identifiers: wanted.identifiers, roots: root },
    now: () => new Date(Date.now() + ahead),
    signal: new AbortController().signal,
  });
  return [outcome, problem?.code];
}

describe('the clock', () => {
  test('is behind when what is over has not come yet', () => {
    const past = { at: later(0), says: 'this image was built then' };
    expect(checkClock(later(1), [past]).outcome).toBe('ok');
    const { outcome, problem } = checkClock(later(-1), [past]);
    expect([outcome, problem?.code]).toEqual(['failed', 'ACME_CLOCK']);
    expect(problem?.message).toContain(`${later(-1).toISOString()}, but this image was built then`);
  });

  test('may differ from the CA’s by five minutes', async () => {
    ca = await startAcmeDirectory();
    expect(await checked(ca)).toEqual(['ok', undefined]);
    for (const ahead of [-4 * minute, 4 * minute])
      expect(await checked(ca, ahead)).toEqual(['ok', undefined]);
    for (const ahead of [-6 * minute, 6 * minute, 365 * day, -365 * day]) {
      expect(await checked(ca, ahead)).toEqual(['failed', 'ACME_CLOCK']);
    }
  });

  // OpenSSL has the clock of this machine: the certificates are those that a wrong one would make of a good one.
  test.each([-365, 365])(
    'is found wrong when the CA’s certificate seems out of date by %i days',
    async (days) => {
      ca = await startAcmeDirectory(new Date(Date.now() + days * day));
      ca.date = new Date(Date.now() + days * day).toUTCString();
      expect(await checked(ca)).toEqual(['failed', 'ACME_CLOCK']);
    },
  );

  test('is not blamed for a certificate of the CA that is out of date', async () => {
    ca = await startAcmeDirectory(new Date(start.getTime() - 365 * day));
    expect(await checked(ca)).toEqual(['failed', 'ACME_SERVER_NOT_TRUSTED']);
  });

  test('is not set by a server that nobody vouches for', async () => {
    ca = await startAcmeDirectory();
    ca.date = later(-1000 * day).toUTCString();
    expect(await checked({ url: ca.url, root: undefined })).toEqual(['failed', 'ACME_SERVER_NOT_TRUSTED']);
  });
});

describe('the CA', () => {
  test('that cannot be reached is not asked for a certificate', async () => {
    const url = `https://127.0.0.1:${await freePort()}/directory`;
    expect(await checked({ url, root: undefined })).toEqual(['failed', 'ACME_SERVER_UNREACHABLE']);
  });

  test('that refuses says so better when it is asked for one', async () => {
    ca = await startAcmeDirectory();
    ca.answer = { status: 429, headers: { 'retry-after': '60' } };
    expect(await checked({ url: ca.url.replace('directory', 'busy'), root: ca.root })).toEqual([
      'ok',
      undefined,
    ]);
  });
});
