import { describe, expect, it } from 'vitest';
import { type Directory, profileFor } from '../../../../src/certificates/acme/directory.ts';
import type { Identifier } from '../../../../src/certificates/acme/wanted.ts';

const name: Identifier = { type: 'dns', value: 'copilot.example.org' };
const address: Identifier = { type: 'ip', value: '192.0.2.1' };

function offering(...profiles: string[]): Directory {
  const url = 'https://ca.example.org/acme';
  const meta = { profiles: Object.fromEntries(profiles.map((profile) => [profile, ''])) };
  return { newNonce: url, newAccount: url, newOrder: url, meta };
}

describe('the profile asked for', () => {
  it.each([
    ['none for a name', [name], offering('classic', 'shortlived'), undefined, undefined],
    ['the short one for an address', [address], offering('classic', 'shortlived'), undefined, 'shortlived'],
    ['the short one for both', [name, address], offering('classic', 'shortlived'), undefined, 'shortlived'],
    ['none where the CA has no short one', [address], offering('classic'), undefined, undefined],
    ['the one that is wished for', [address], offering('classic', 'shortlived'), 'classic', 'classic'],
    ['none where the CA does not have that', [name], offering('classic'), 'other', undefined],
    ['none that only JavaScript knows', [name], offering(), 'constructor', undefined],
  ])('is %s', (_, identifiers, directory, wanted, profile) => {
    expect(profileFor(directory, identifiers, wanted)).toBe(profile);
  });
});
