import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { retryAfterOf } from '../../src/certificates/acme/order.ts';
import { Applicant, dns, ip } from '../support/pebble/applicant.ts';
import { type Local, openLocal } from '../support/pebble/local.ts';
import { altered, type Meddler, problem } from '../support/pebble/meddler.ts';
import { freePort, type Pebble } from '../support/pebble/pebble.ts';

const identifiers = [ip('127.0.0.1')];

let local: Local;
let pebble: Pebble;
let meddler: Meddler;
let applicant: Applicant;

beforeAll(async () => {
  local = await openLocal();
  ({ pebble, meddler } = local);
});
afterAll(() => local?.close());
beforeEach(() => {
  ({ applicant } = local);
  applicant.lines.length = 0;
  meddler.asked.length = 0;
});
afterEach(() => {
  meddler.meddling = (_, forward) => forward();
});

const paths = (pattern: RegExp) => meddler.asked.filter(({ path }) => pattern.test(path));

describe('a server that is not there, or not the right one', () => {
  it('names the variable for the CA that vouches for it', async () => {
    const error = await applicant.refused(pebble, { identifiers, roots: undefined });
    expect(error).toMatchObject({
      code: 'ACME_SERVER_NOT_TRUSTED',
      message: expect.stringContaining('its CA is not one that this machine trusts'),
      fix: expect.stringContaining('ONEAPP_COPILOT_ACME_ROOTS'),
    });
  });

  it('says that nobody answers', async () => {
    const directory = `https://127.0.0.1:${await freePort()}/dir`;
    expect(await applicant.refused({ ...pebble, directory }, { identifiers })).toMatchObject({
      code: 'ACME_SERVER_UNREACHABLE',
      message: expect.stringMatching(/127\.0\.0\.1:\d+ .*: the connection was refused\.$/),
    });
  });

  it('says that its name is unknown', async () => {
    const directory = 'https://acme.invalid/directory';
    const error = await applicant.refused({ ...pebble, directory }, { identifiers });
    expect(error).toMatchObject({
      code: 'ACME_SERVER_UNKNOWN',
      message: expect.stringContaining('acme.invalid'),
    });
  });

  it.each([
    ['another page of the server', (directory: string) => directory.replace('/dir', '/nonce-plz')],
    ['a page that is not there', (directory: string) => `${directory}ectory`],
    ['plain HTTP', (directory: string) => directory.replace('https:', 'http:')],
  ])('says that there is no directory at %s', async (_, elsewhere) => {
    const directory = elsewhere(pebble.directory);
    const error = await applicant.refused({ ...pebble, directory }, { identifiers });
    expect(error).toMatchObject({
      code: 'ACME_DIRECTORY_WRONG',
      message: expect.stringContaining(directory),
    });
  });

  // Well below the 30 seconds after which it gives up by itself.
  it('gives up at once when it is told to, though the server never answers', {
    timeout: 15_000,
  }, async () => {
    const stopping = new AbortController();
    const reason = new Error('stop');
    meddler.meddling = () => {
      stopping.abort(reason);
      return new Promise(() => {});
    };
    await expect(applicant.order(meddler, { identifiers, signal: stopping.signal })).rejects.toBe(reason);
  });
});

describe('a server in trouble', () => {
  it.each([60, 75])('gets along with %i of 100 nonces refused', async (share) => {
    await pebble.restart({ PEBBLE_WFE_NONCEREJECT: String(share) });
    let refusals = 0;
    meddler.meddling = async (_, forward) => {
      const answer = await forward();
      if (answer.body.includes('badNonce')) refusals += 1;
      return answer;
    };
    try {
      await applicant.order(meddler, { identifiers });
      expect(refusals).toBeGreaterThan(0);
    } finally {
      await pebble.restart();
    }
  });

  it('is asked again when it stumbles', async () => {
    let stumbles = 2;
    meddler.meddling = (asked, forward) => {
      const isFinal = asked.path.startsWith('/finalize-order') && stumbles > 0;
      if (isFinal) stumbles -= 1;
      return isFinal ? Promise.resolve({ status: 503, headers: {}, body: 'Busy.' }) : forward();
    };
    await applicant.order(meddler, { identifiers });
    expect(paths(/^\/finalize-order/)).toHaveLength(3);
  });

  it('is not looked at again before it wants to be', async () => {
    meddler.meddling = async (asked, forward) => {
      const answer = await forward();
      if (!asked.path.startsWith('/authZ')) return answer;
      const body = answer.body.replace('"status": "valid"', '"status": "pending"');
      const { 'content-length': _, ...headers } = answer.headers;
      return { ...answer, headers: { ...headers, 'retry-after': '86400' }, body };
    };
    expect(await applicant.refused(meddler, { identifiers })).toMatchObject({ code: 'ACME_TOO_SLOW' });
    expect(paths(/^\/authZ/)).toHaveLength(2);
    meddler.meddling = (_, forward) => forward();
    await applicant.order(meddler, { identifiers });
    expect(applicant.lines).toContainEqual(expect.stringMatching(/^An order is continued/));
  });

  it('is said to be in trouble when it goes on stumbling', async () => {
    meddler.meddling = () => Promise.resolve(problem('serverInternal', 'No database', 500));
    expect(await applicant.refused(meddler, { identifiers })).toMatchObject({
      code: 'ACME_SERVER_FAILED',
      message: expect.stringContaining('No database'),
    });
  });
});

describe('what a CA refuses', () => {
  /** Has the CA answer `answer` to requests for new orders. */
  const refuse = (...answer: Parameters<typeof problem>) => {
    meddler.meddling = (asked, forward) =>
      asked.path === '/order-plz' ? Promise.resolve(problem(...answer)) : forward();
  };

  it('is not asked for again before the time that a rate limit names', async () => {
    const detail = 'too many certificates (5) already issued for this exact set of identifiers';
    refuse('rateLimited', detail, 429, { 'Retry-After': '3600' });
    const error = await applicant.refused(meddler, { identifiers });
    expect(error).toMatchObject({ code: 'ACME_RATE_LIMITED', message: expect.stringContaining(detail) });
    const seconds = ((retryAfterOf(error)?.getTime() ?? 0) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(3500);
    expect(seconds).toBeLessThanOrEqual(3600);
    expect(paths(/^\/order-plz/)).toHaveLength(1);
  });

  it.each([
    ['caa', 'ACME_CAA'],
    ['rejectedIdentifier', 'ACME_IDENTIFIER_REFUSED'],
    ['unsupportedIdentifier', 'ACME_IDENTIFIER_REFUSED'],
    ['userActionRequired', 'ACME_ACTION_REQUIRED'],
    ['unauthorized', 'ACME_ACCOUNT_REFUSED'],
    ['malformed', 'ACME_REFUSED'],
  ])('is named where the problem is %s', async (type, code) => {
    refuse(type, 'So it is.', 403);
    const error = await applicant.refused(meddler, { identifiers });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/So it is\.$/);
  });

  it('is found by its own records: a name that is none', async () => {
    const error = await applicant.refused(pebble, { identifiers: [dns('a_b.example.org')] });
    expect(error.message).toContain('a_b.example.org');
  });

  it('is a challenge that is answered wrongly, and files are gone afterwards', async () => {
    const stranger = await Applicant.open();
    try {
      // The front shows the challenges of `applicant`.
      const error = await stranger.refused(pebble, { identifiers, kinds: ['http-01'] });
      expect(error).toMatchObject({
        code: 'ACME_CHALLENGE_ELSEWHERE',
        message: expect.stringMatching(/asked 127\.0\.0\.1 at port 80 for the answer to http-01/),
      });
      expect(await stranger.shown()).toEqual([]);
    } finally {
      await stranger.close();
    }
  });

  it('is a challenge of a kind that it does not offer', async () => {
    meddler.meddling = async (asked, forward) => {
      const answer = await forward();
      return asked.path.startsWith('/authZ')
        ? altered(answer, answer.body.replace(/http-01|tls-alpn-01/g, 'dns-01'))
        : answer;
    };
    expect(await applicant.refused(meddler, { identifiers })).toMatchObject({
      code: 'ACME_CHALLENGE_NOT_OFFERED',
      message: expect.stringContaining('dns-01'),
    });
  });
});

describe('what is asked for', () => {
  /** Adds to the directory what Debian's Pebble does not know. */
  const offer = (more: object) => {
    meddler.meddling = async (asked, forward) => {
      const answer = await forward();
      if (asked.path !== '/dir') return answer;
      return altered(answer, JSON.stringify({ ...JSON.parse(answer.body), ...more }));
    };
  };
  const ordered = () => paths(/^\/order-plz/).map(({ payload }) => payload);

  it('is the profile for addresses where the CA has it', async () => {
    offer({ meta: { profiles: { shortlived: 'six days' } } });
    await applicant.order(meddler, { identifiers });
    expect(ordered()).toEqual([{ identifiers, profile: 'shortlived' }]);
  });

  it('is the profile that was wished for, or none where the CA does not have it', async () => {
    offer({ meta: { profiles: { tlsserver: 'no frills' } } });
    await applicant.order(meddler, { identifiers, profile: 'tlsserver' });
    await applicant.order(meddler, { identifiers, profile: 'other' });
    expect(ordered()).toEqual([{ identifiers, profile: 'tlsserver' }, { identifiers }]);
  });

  it('names the certificate that is replaced only to a CA with renewal information', async () => {
    await applicant.order(meddler, { identifiers, replaces: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE' });
    offer({ renewalInfo: `${new URL('/renewal-info', meddler.directory)}` });
    await applicant.order(meddler, { identifiers, replaces: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE' });
    const replaces = 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE';
    expect(ordered()).toEqual([{ identifiers }, { identifiers, replaces }]);
  });

  it('is a certificate that replaces none where the CA does not accept what it would replace', async () => {
    offer({ renewalInfo: `${new URL('/renewal-info', meddler.directory)}` });
    const { meddling } = meddler;
    meddler.meddling = (asked, forward) => {
      const isReplacing = JSON.stringify(asked.payload ?? {}).includes('replaces');
      return isReplacing
        ? Promise.resolve(problem('alreadyReplaced', 'It was.', 409))
        : meddling(asked, forward);
    };
    await applicant.order(meddler, { identifiers, replaces: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE' });
    expect(ordered()).toHaveLength(2);
  });
});

describe('what comes', () => {
  it('leads to the root over all intermediate certificates, which are served, and the root is not', async () => {
    await pebble.restart({ PEBBLE_CHAIN_LENGTH: '3' });
    const { identity } = await applicant.order(pebble, { identifiers });
    const root = new X509Certificate(await pebble.issuer());
    const chain = (identity.certificate.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(
      (text) => new X509Certificate(text),
    );
    expect(chain).toHaveLength(4);
    for (const [at, certificate] of chain.entries())
      expect(certificate.verify((chain[at + 1] ?? root).publicKey)).toBe(true);
    await pebble.restart();
  });

  it('is not handed out when it is for another key', async () => {
    const { identity } = await applicant.order(pebble, { identifiers });
    meddler.meddling = async (asked, forward) => {
      const answer = await forward();
      return asked.path.startsWith('/certZ') ? altered(answer, identity.certificate) : answer;
    };
    expect(await applicant.refused(meddler, { identifiers })).toMatchObject({
      code: 'ACME_CERTIFICATE_WRONG',
      message: expect.stringContaining('it is for another key'),
    });
  });

  it('is not handed out when the chain is in the wrong order', async () => {
    meddler.meddling = async (asked, forward) => {
      const answer = await forward();
      if (!asked.path.startsWith('/certZ')) return answer;
      const blocks = answer.body.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
      return altered(answer, blocks.reverse().join('\n'));
    };
    expect(await applicant.refused(meddler, { identifiers })).toMatchObject({
      code: 'ACME_CERTIFICATE_WRONG',
    });
  });

  it('needs no challenge where the CA remembers the last one', async () => {
    await pebble.restart({ PEBBLE_AUTHZREUSE: '100' });
    await applicant.order(meddler, { identifiers });
    meddler.asked.length = 0;
    const { challenge } = await applicant.order(meddler, { identifiers });
    expect(paths(/^\/chalZ/)).toEqual([]);
    expect(challenge).toBe('http-01');
    await pebble.restart();
  });
});
