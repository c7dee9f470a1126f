import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scrubber, secretsWithin } from '../../../../src/cli/commands/support/scrub.ts';
import { Secret } from '../../../../src/context/secret.ts';

const secret = fc
  .string({ minLength: 6, maxLength: 40 })
  .filter((text) => text.trim().length >= 6 && !'[secret]'.includes(text.trim()));

it('leaves nothing of a secret, as it is, in base64 or as JSON has it', () => {
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (hidden, before, after) => {
      const base64 = Buffer.from(hidden).toString('base64');
      for (const form of [hidden, base64, JSON.stringify(hidden).slice(1, -1)]) {
        expect(scrubber([hidden])(`${before}${form}${after}`)).not.toContain(form);
      }
    }),
  );
});

it('leaves nothing of what a base64 value says', () => {
  const yaml = '- name: alice\n  key: alices-own-key-1\n- name: bob\n  key: "bobs-own-key-22"\n';
  const scrub = scrubber([Buffer.from(yaml).toString('base64')]);
  expect(scrub(`x alices-own-key-1 y bobs-own-key-22 ${yaml}`)).not.toMatch(/own-key/);
});

it('changes nothing else', () => {
  const text = 'onepilot-engine.service: active (running)\nhttps://10.0.0.5/v1 sk-short\n';
  expect(scrubber(['correct-horse', 'a.*b+c?', 'root'])(text)).toBe(text);
});

it('takes the longest of secrets that overlap', () => {
  expect(scrubber(['horse-battery', 'correct-horse-battery'])('a correct-horse-battery b')).toBe(
    'a [secret] b',
  );
});

it('finds secrets however deep they are', () => {
  const settings = { a: new Secret('one'), b: [{ key: new Secret('two'), name: 'n' }], c: undefined, d: 4 };
  expect(secretsWithin(settings)).toEqual(['one', 'two']);
});
