import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Applicant, ip } from '../support/pebble/applicant.ts';
import { type Local, openLocal } from '../support/pebble/local.ts';

const identifiers = [ip('127.0.0.1')];
const made = 'An account was made.';

describe('the account', () => {
  let local: Local;
  beforeEach(async () => {
    local = await openLocal();
  });
  afterEach(() => local.close());

  it('is made once, with a key that nobody else reads', async () => {
    const { applicant, pebble } = local;
    await applicant.order(pebble, { identifiers });
    const [name = ''] = (await readdir(applicant.state)).filter((file) => file.startsWith('account-'));
    const path = join(applicant.state, name);
    const before = await readFile(path, 'utf8');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await applicant.order(pebble, { identifiers });
    expect(applicant.lines.filter((line) => line === made)).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(before);
    expect(await readdir(applicant.state)).toEqual([name]);
  });

  it('is told another contact, once', async () => {
    const { applicant, meddler } = local;
    const told = () => meddler.asked.filter(({ path, payload }) => /my-account/.test(path) && payload);
    await applicant.order(meddler, { identifiers });
    expect(told()).toEqual([]);
    for (const contact of ['it@example.org', 'it@example.org'])
      await applicant.order(meddler, { identifiers, contact });
    expect(told()).toEqual([expect.objectContaining({ payload: { contact: ['mailto:it@example.org'] } })]);
    await applicant.order(meddler, { identifiers, contact: 'else@example.org' });
    expect(told()).toHaveLength(2);
  });

  it('says which variable holds a contact that the CA refuses', async () => {
    const { applicant, pebble } = local;
    const error = await applicant.refused(pebble, { identifiers, contact: 'nobody' });
    expect(error).toMatchObject({ fix: expect.stringContaining('ONEAPP_COPILOT_ACME_CONTACT') });
  });

  it('is another one at another server', async () => {
    const { applicant, pebble, meddler } = local;
    await applicant.order(pebble, { identifiers });
    await applicant.order(meddler, { identifiers });
    expect(await readdir(applicant.state)).toHaveLength(2);
  });

  it('is made anew at a server that has forgotten it', async () => {
    const { applicant, pebble } = local;
    await applicant.order(pebble, { identifiers });
    await pebble.restart();
    await applicant.order(pebble, { identifiers });
    expect(applicant.lines.filter((line) => line === made)).toHaveLength(2);
    expect(await readdir(applicant.state)).toHaveLength(1);
  });
});

describe('external account binding', () => {
  const key = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
  const other = 'b10lLJs8l1GPIzsLP0s6pMt8O0XVGnfTaCeROxQM0BIt2XrJMDHJZBM5NuQmQJQH';
  let local: Local;
  let applicant: Applicant;
  beforeAll(async () => {
    local = await openLocal({
      bindings: { 'kid-1': key },
      environment: { PEBBLE_VA_ALWAYS_VALID: '1' },
    });
  });
  afterAll(() => local?.close());
  beforeEach(async () => {
    applicant = await Applicant.open();
  });
  afterEach(() => applicant.close());

  it('binds the account', async () => {
    const wish = { identifiers, binding: { keyId: 'kid-1', key } };
    await applicant.order(local.pebble, wish);
    await applicant.order(local.pebble, wish);
    expect(applicant.lines.filter((line) => line === made)).toHaveLength(1);
  });

  it('says which variables to set where it is missing', async () => {
    expect(await applicant.refused(local.pebble, { identifiers })).toMatchObject({
      code: 'ACME_BINDING_MISSING',
      fix: expect.stringMatching(/ONEAPP_COPILOT_ACME_EAB_KEY_ID and ONEAPP_COPILOT_ACME_EAB_KEY\b/),
    });
  });

  it.each([
    ['another key', { keyId: 'kid-1', key: other }],
    ['an unknown key ID', { keyId: 'kid-9', key }],
  ])('says which key ID is refused with %s, and never the key', async (_, binding) => {
    const error = await applicant.refused(local.pebble, { identifiers, binding });
    expect(error).toMatchObject({ code: 'ACME_BINDING_REFUSED' });
    expect(error.message).toContain(binding.keyId);
    expect(inspect(error, { depth: 20 }) + applicant.lines.join()).not.toContain(binding.key);
  });

  it('is tried again when it has been corrected', async () => {
    await applicant.refused(local.pebble, { identifiers, binding: { keyId: 'kid-1', key: other } });
    await applicant.order(local.pebble, { identifiers, binding: { keyId: 'kid-1', key } });
  });
});
