import { describe, expect, it } from 'vitest';
import { causeOf } from '../../../../src/certificates/acme/challenge-cause.ts';
import { AcmeProblem } from '../../../../src/certificates/acme/problem.ts';

const urn = (type: string) => `urn:ietf:params:acme:error:${type}`;

describe('a problem that an ACME server states', () => {
  it('has the last part of its type, and its detail without a full stop', () => {
    const problem = new AcmeProblem({ type: urn('caa'), detail: 'CAA forbids it.' }, 403);
    expect(problem).toMatchObject({ type: 'caa', detail: 'CAA forbids it', status: 403 });
  });

  it('says what it says about each name, and is of the type on which they agree', () => {
    const part = (value: string) => ({
      type: urn('rejectedIdentifier'),
      detail: 'It is on our list.',
      identifier: { type: 'dns', value },
    });
    const document = {
      type: urn('malformed'),
      detail: 'Some were refused',
      subproblems: [part('a'), part('b')],
    };
    expect(new AcmeProblem(document)).toMatchObject({
      type: 'rejectedIdentifier',
      detail: 'Some were refused; a: It is on our list; b: It is on our list',
    });
  });

  it('keeps its own type where they do not', () => {
    const subproblems = [{ type: urn('caa') }, { type: urn('dns') }];
    expect(new AcmeProblem({ type: urn('malformed'), subproblems }).type).toBe('malformed');
  });

  it.each([[undefined], ['<html>'], [{ type: 7, detail: {} }], [{ type: 'about:blank' }]])(
    'is its status where it says nothing of use: %j',
    (document) => {
      expect(new AcmeProblem(document, 502)).toMatchObject({ type: '', detail: 'status 502' });
    },
  );

  it('is one line of bounded length, whatever the server sends', () => {
    const { detail } = new AcmeProblem({ detail: `one\n\u001b[31mtwo${'x'.repeat(10_000)}` });
    expect(detail).toMatch(/^one \[31mtwox+…$/);
    expect(detail.length).toBeLessThan(500);
    const part = { detail: 'no', identifier: { type: 'dns', value: `a\u001b[2J${'b'.repeat(10_000)}` } };
    const { detail: all } = new AcmeProblem({ subproblems: Array.from({ length: 2000 }, () => part) });
    expect(all).not.toMatch(/\p{Cc}/u);
    expect(all.length).toBeLessThan(5000);
  });
});

describe('what was in the way of a challenge', () => {
  it.each([
    ["Let's Encrypt", 'dns', 'DNS problem: NXDOMAIN looking up A for x.example.org', 'dns'],
    ["Let's Encrypt", 'connection', '192.0.2.1: Fetching http://x/: Timeout during connect', 'unreachable'],
    ["Let's Encrypt", 'unauthorized', '192.0.2.1: Invalid response from http://x/: 404', 'elsewhere'],
    ["Let's Encrypt", 'tls', 'remote error: tls: no application protocol', 'tls'],
    ["Let's Encrypt", 'caa', 'CAA record for x.example.org prevents issuance', 'other'],
    ['Pebble', 'connection', 'Get "http://x/": could not resolve URL "http://x/"', 'dns'],
    ['Pebble', 'malformed', 'Could not resolve URL "x"', 'dns'],
    [
      'Pebble',
      'unauthorized',
      'Failed to connect to 192.0.2.1:443 for the tls-alpn-01 challenge',
      'unreachable',
    ],
    [
      'step-ca',
      'connection',
      'error doing http GET for url http://x/: dial tcp: lookup x: no such host',
      'dns',
    ],
    ['any', 'malformed', 'The request was malformed', 'other'],
  ])('is seen in what %s says as %s: %s', (_, type, detail, cause) => {
    expect(causeOf(new AcmeProblem({ type: urn(type), detail }))).toBe(cause);
  });
});
