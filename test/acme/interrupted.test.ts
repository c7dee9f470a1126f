import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { orderCertificate } from '../../src/certificates/acme/order.ts';
import { PendingOrder } from '../../src/certificates/acme/pending-order.ts';
import { dns, ip } from '../support/pebble/applicant.ts';
import { type Local, openLocal } from '../support/pebble/local.ts';

const identifiers = [ip('127.0.0.1')];
const continued = /^An order is continued \(\w+\)\.$/;

let local: Local;

beforeAll(async () => {
  local = await openLocal();
});
afterAll(() => local?.close());
beforeEach(() => {
  local.applicant.lines.length = 0;
  local.meddler.asked.length = 0;
});
afterEach(() => {
  local.meddler.meddling = (_, forward) => forward();
});

/** Has `event` happen once, when `path` is asked for: before Pebble sees that, or after it has answered. */
function when(path: RegExp, event: () => Promise<void>, isBefore = true): void {
  let isOver = false;
  local.meddler.meddling = async (asked, forward) => {
    const isNow = !isOver && path.test(asked.path);
    if (!isNow) return forward();
    isOver = true;
    if (isBefore) await event();
    const answer = await forward();
    if (!isBefore) await event();
    return answer;
  };
}

/** The order under way, as it is kept. */
async function kept(): Promise<PendingOrder | undefined> {
  const { state } = local.applicant;
  const name = (await readdir(state)).find((file) => file.startsWith('order-'));
  if (name === undefined) return undefined;
  expect((await stat(join(state, name))).mode & 0o777).toBe(0o600);
  return PendingOrder.parse(JSON.parse(await readFile(join(state, name), 'utf8')));
}

const steps = [
  ['the order is placed', /^\/order-plz/],
  ['the authorization is read', /^\/authZ/],
  ['the challenge is answered', /^\/chalZ/],
  ['the certificate is requested', /^\/finalize-order/],
  ['the certificate is fetched', /^\/certZ/],
] as const;

describe('a CA that is restarted and has forgotten everything', () => {
  it.each(steps)('gets another order when %s', async (_, path) => {
    const { applicant, meddler, pebble } = local;
    when(path, () => pebble.restart());
    const { challenge } = await applicant.order(meddler, { identifiers });
    expect(challenge).toBe('http-01');
    expect(applicant.lines).toContain('An account was made.');
    expect(applicant.lines.at(-1)).toBe('The certificate has come.');
    expect(await kept()).toBeUndefined();
  });

  it('is waited for while it starts', async () => {
    const { applicant, meddler, pebble } = local;
    when(/^\/finalize-order/, async () => {
      await pebble.stop();
      setTimeout(() => void pebble.restart(), 300);
    });
    await applicant.order(meddler, { identifiers });
    expect(applicant.lines.at(-1)).toBe('The certificate has come.');
  });
});

describe('an answer that is lost on its way', () => {
  it.each(steps)('does no harm when %s', async (_, path) => {
    const { applicant, meddler } = local;
    when(path, () => Promise.reject(new Error('lost')), false);
    await applicant.order(meddler, { identifiers });
    expect(meddler.asked.filter((asked) => path.test(asked.path)).length).toBeGreaterThan(1);
  });
});

describe('a run that is killed', () => {
  /** Kills a run when `path` is asked for. */
  const killedAt = async (path: RegExp, isBefore: boolean, names = identifiers) => {
    const { applicant, meddler } = local;
    const child = applicant.begin(undefined, meddler, { identifiers: names });
    when(path, () => child.kill(), isBefore);
    await child.ended;
    expect(child.output).not.toContain('The certificate has come.');
  };

  it.each(
    steps
      .slice(1)
      .flatMap(([name, path]) => [
        [`before ${name}`, path, true] as const,
        [`after ${name}`, path, false] as const,
      ]),
  )('is continued by the next with the same order and key: %s', async (_, path, isBefore) => {
    const { applicant, meddler } = local;
    await killedAt(path, isBefore);
    const left = await kept();
    const { identity } = await applicant.order(meddler, { identifiers });
    expect(applicant.lines).toContainEqual(expect.stringMatching(continued));
    expect(identity.key).toBe(left?.key);
    expect(await applicant.shown()).toEqual([]);
    expect(await kept()).toBeUndefined();
  });

  it('leaves nothing to continue before its order is placed', async () => {
    await killedAt(/^\/order-plz/, true);
    expect(await kept()).toBeUndefined();
    await local.applicant.order(local.meddler, { identifiers });
  });

  it('leaves an order that is not continued for other names', async () => {
    const { applicant, meddler } = local;
    await killedAt(/^\/authZ/, true, [dns('other.example.org')]);
    const left = await kept();
    const { identity } = await applicant.order(meddler, { identifiers });
    expect(identity.key).not.toBe(left?.key);
    expect(applicant.lines).not.toContainEqual(expect.stringMatching(continued));
  });

  it('leaves an order that is given up when the CA has forgotten it meanwhile', async () => {
    const { applicant, meddler, pebble } = local;
    await killedAt(/^\/finalize-order/, true);
    await pebble.restart();
    await applicant.order(meddler, { identifiers });
    expect(applicant.lines).not.toContainEqual(expect.stringMatching(continued));
  });
});

it('an order that the CA takes its time with is continued by the next run', async () => {
  const { applicant, meddler } = local;
  const stopping = new AbortController();
  const { signal } = stopping;
  when(/^\/finalize-order/, async () => stopping.abort(new Error('too late')));
  await expect(applicant.order(meddler, { identifiers, signal })).rejects.toThrow('too late');
  const left = await kept();
  const { identity } = await applicant.order(meddler, { identifiers });
  expect(identity.key).toBe(left?.key);
});

it('a certificate that was lost before it was stored is fetched again, and one in stock is not', async () => {
  const { applicant, meddler } = local;
  const request = applicant.request(meddler, { identifiers });
  const options = { ...request, log: () => {}, signal: new AbortController().signal };
  const lost = await orderCertificate(options);
  const { identity } = await orderCertificate(options);
  expect(identity).toEqual(lost.identity);
  const renewed = await orderCertificate({ ...options, keyInStock: identity.key });
  expect(renewed.identity.key).not.toBe(identity.key);
  await renewed.stored();
  expect(await kept()).toBeUndefined();
});
