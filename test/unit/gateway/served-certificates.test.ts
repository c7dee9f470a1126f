import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Identity } from '../../../src/certificates/identity.ts';
import { makeAuthority, makeLeaf } from '../../../src/certificates/own-ca/issue.ts';
import { ServedCertificates } from '../../../src/gateway/certificates/served-certificates.ts';
import { leafLifetime } from './trusted-certificate.ts';

const minute = 60_000;
const start = new Date('2026-11-21T12:00:00Z');
let certificates: ServedCertificates;
let trusted: Identity;

beforeEach(async () => {
  const authority = await makeAuthority('others', start);
  const own = await makeLeaf(authority, { names: ['localhost'], addresses: [] }, start);
  trusted = await makeLeaf(authority, { names: ['copilot.example'], addresses: [] }, start);
  vi.useFakeTimers({ now: start, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  certificates = new ServedCertificates({ own, trusted, trustedPath: '/trusted.pem' });
});
afterEach(() => {
  certificates.stop();
  vi.useRealTimers();
});

const servedNow = () => certificates.inForce.trusted?.identity;

describe('a clock that jumps ahead', () => {
  it('ends a certificate within a minute, once, and one that is set back brings it back within a minute', () => {
    const problems: string[] = [];
    let changes = 0;
    certificates.onProblem = ({ message }) => problems.push(message);
    certificates.onChange = () => {
      changes += 1;
    };
    expect(servedNow()).toEqual(trusted);
    vi.advanceTimersByTime(5 * minute);
    expect(changes).toBe(0);

    vi.setSystemTime(start.getTime() + leafLifetime * 2);
    vi.advanceTimersByTime(minute);
    expect(servedNow()).toBeUndefined();
    expect(certificates.problem?.code).toBe('gateway_trusted_certificate_unusable');
    vi.advanceTimersByTime(5 * minute);
    expect([problems.length, changes]).toEqual([1, 1]);

    vi.setSystemTime(start);
    vi.advanceTimersByTime(minute);
    expect(servedNow()).toEqual(trusted);
    expect(certificates.problem).toBeUndefined();
    expect([problems.length, changes]).toEqual([1, 2]);
  });

  it('is looked at no more when it has stopped', () => {
    certificates.stop();
    vi.setSystemTime(start.getTime() + leafLifetime * 2);
    vi.advanceTimersByTime(5 * minute);
    expect(servedNow()).toEqual(trusted);
  });
});
