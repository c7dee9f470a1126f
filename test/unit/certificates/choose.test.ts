import { beforeAll, describe, expect, it } from 'vitest';
import type { Identifier } from '../../../src/certificates/acme/wanted.ts';
import { type CertificateWish, chooseServed } from '../../../src/certificates/choose.ts';
import type { Identity } from '../../../src/certificates/identity.ts';
import { lifetimes, wantedSubjects } from '../../../src/certificates/own-ca/decide.ts';
import { makeAuthority, makeLeaf } from '../../../src/certificates/own-ca/issue.ts';
import { failure } from '../../../src/errors/catalogue.ts';

const now = new Date('2026-11-21T12:00:00Z');
const ended = new Date(now.getTime() + (lifetimes.leaf.days + 1) * 86_400_000);
const name = (value: string): Identifier => ({ type: 'dns', value });
const address = (value: string): Identifier => ({ type: 'ip', value });

const acme: CertificateWish = { whose: 'acme', identifiers: [name('copilot.example.org')] };
const providing: CertificateWish = { ...acme, whose: 'provided' };
const asBefore: CertificateWish = { ...acme, whose: 'as-before' };
const broken = { problems: [failure('CERTIFICATE_KEY_MISSING', { place: 'the key' })] };
const none = { provided: undefined, stock: undefined, served: undefined };

let ofAcme: Identity;
let ofOther: Identity;
let own: Identity;
beforeAll(async () => {
  const authority = await makeAuthority('ca', now);
  const make = (names: readonly string[], addresses: readonly string[] = []) =>
    makeLeaf(authority, { names, addresses }, now);
  ofAcme = await make(['copilot.example.org'], ['2001:db8::5']);
  ofOther = await make(['other.example.org']);
  own = await make(wantedSubjects('copilot', ['10.0.0.5'], 'copilot.example.org').names);
});

describe('a certificate of an ACME CA', () => {
  it('is served for the name that it is for', () => {
    expect(chooseServed(acme, { ...none, stock: ofAcme }, now)).toMatchObject({
      source: 'acme',
      trusted: ofAcme,
      faults: [],
      warnings: [],
    });
  });

  it('is not served for another name', () => {
    expect(chooseServed(acme, { ...none, stock: ofOther }, now).trusted).toBeUndefined();
  });

  it('goes on being served for its name while one is got for an address as well', () => {
    const wish = { ...acme, identifiers: [address('192.0.2.1'), ...acme.identifiers] };
    expect(chooseServed(wish, { ...none, stock: ofAcme }, now).source).toBe('acme');
  });

  it('is found by its address, however that is written', () => {
    const wish = { ...acme, identifiers: [address('2001:DB8:0::5')] };
    expect(chooseServed(wish, { ...none, stock: ofAcme }, now).source).toBe('acme');
  });

  it('is served to its end and not after, and its end is told', () => {
    const choice = chooseServed(acme, { ...none, stock: ofAcme, served: ofAcme }, ended);
    expect(choice).toMatchObject({ source: 'own-ca', trusted: undefined });
    expect(choice.warnings.map(({ code }) => code)).toEqual(['ACME_CERTIFICATE_ENDED']);
  });

  it('goes on being served though the stock is gone', () => {
    expect(chooseServed(acme, { ...none, served: ofAcme }, now)).toMatchObject({
      source: 'earlier',
      trusted: ofAcme,
    });
  });

  it('is served whatever has become of the context, renewals included', () => {
    const candidates = { ...none, stock: own, served: ofAcme };
    expect(chooseServed(asBefore, candidates, now)).toMatchObject({ source: 'acme', trusted: own });
  });

  it('is not served where the context asks for the own CA’s', () => {
    const wish: CertificateWish = { ...acme, whose: 'own-ca' };
    const choice = chooseServed(wish, { ...none, stock: ofAcme, served: ofAcme }, now);
    expect(choice).toMatchObject({ source: 'own-ca', trusted: undefined });
  });

  it('takes the place of one that was provided for the same name, as soon as it is there and not before', () => {
    expect(chooseServed(acme, { ...none, served: own }, now).trusted).toBe(own);
    expect(chooseServed(acme, { ...none, served: own, stock: ofAcme }, now).trusted).toBe(ofAcme);
  });
});

describe('a certificate that is provided', () => {
  it('goes before that of a CA, whatever names it is for', () => {
    const warnings = [failure('CERTIFICATE_SELF_SIGNED', { subject: 'other' })];
    const provided = { identity: ofOther, warnings };
    expect(chooseServed(providing, { provided, stock: ofAcme, served: ofAcme }, now)).toMatchObject({
      source: 'provided',
      trusted: ofOther,
      faults: [],
      warnings,
    });
  });

  it('goes on being served to its end when it is replaced by a broken one, and the fault is told', () => {
    const choice = (at: Date) =>
      chooseServed(providing, { provided: broken, stock: undefined, served: ofOther }, at);
    expect(choice(now)).toMatchObject({ source: 'earlier', trusted: ofOther, faults: broken.problems });
    expect(choice(ended)).toMatchObject({ source: 'own-ca', trusted: undefined, faults: broken.problems });
  });

  it('that never was good leaves the one of a CA for the domain, else that of the own CA', () => {
    const choice = (stock: Identity) => chooseServed(providing, { ...none, provided: broken, stock }, now);
    expect(choice(ofAcme)).toMatchObject({ source: 'acme', trusted: ofAcme, faults: broken.problems });
    expect(choice(ofOther)).toMatchObject({ source: 'own-ca', faults: broken.problems });
  });

  it('goes on being served when the context has become unreadable', () => {
    const wish: CertificateWish = { whose: 'as-before', identifiers: [] };
    expect(chooseServed(wish, { ...none, served: ofOther }, now).trusted).toBe(ofOther);
    expect(chooseServed(wish, { ...none, served: ofOther }, ended).trusted).toBeUndefined();
  });
});

it('without anything better it is the own CA’s', () => {
  for (const wish of [acme, asBefore, providing]) {
    expect(chooseServed(wish, none, now)).toMatchObject({ source: 'own-ca', warnings: [], faults: [] });
  }
});
