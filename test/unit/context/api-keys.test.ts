import { expect, test } from 'vitest';
import { parseOne } from './support.ts';

const hash = '0123456789abcdef'.repeat(4);
const inBase64 = (text: string) => Buffer.from(text).toString('base64');

/** The keys in `text`, with what they hide. */
function keysIn(text: string) {
  const { value, problems } = parseOne('apiKeys', text);
  const plain = value.map((entry) => ('key' in entry ? { ...entry, key: entry.key.reveal() } : entry));
  return { keys: plain, problems };
}

const yaml = `- name: ana\n  key: one-key-for-ana-alone\n- name: build.server_1\n  sha256: ${hash.toUpperCase()}\n`;
const keys = [
  { name: 'ana', key: 'one-key-for-ana-alone', policy: {} },
  { name: 'build.server_1', sha256: hash, policy: {} },
];

test.each([
  ['as it is', yaml],
  ['in base64', inBase64(yaml)],
  ['in base64 of several lines', inBase64(yaml).replace(/.{20}/g, '$&\n')],
])('the list is read %s', (_how, text) => expect(keysIn(text)).toEqual({ keys, problems: [] }));

test('a key that looks like a number stays the text it was', () => {
  const text = '- {name: "on", key: 00001234567890123456789}';
  expect(keysIn(text).keys).toMatchObject([{ name: 'on', key: '00001234567890123456789' }]);
});

test('what a key may do is read, for how long and how much', () => {
  const { keys: found, problems } = keysIn(`
- name: ana
  key: one-key-for-ana-alone
  scopes: [chat, complete]
  expires: 2027-01-31
  requests-per-minute: 30
  concurrent: 2
  tokens-per-day: 500000
  models: qwen-7b, qwen-1.5b
- {name: boss, key: one-key-for-the-boss, scopes: admin}
`);
  expect(problems).toEqual([]);
  expect(found.map(({ policy }) => policy)).toEqual([
    {
      scopes: ['chat', 'complete'],
      expiresAt: '2027-01-31T00:00:00.000Z',
      limits: {
        requestsPerMinute: 30,
        concurrent: 2,
        tokensPerDay: 500_000,
        models: ['qwen-7b', 'qwen-1.5b'],
      },
    },
    { scopes: ['admin'] },
  ]);
});

test('everything that is wrong with what a key may do is told at once, and not what stands there', () => {
  const { problems } = keysIn(`
- name: ana
  key: one-key-for-ana-alone
  scopes: [chat, a-secret, another-secret]
  expires: 2027-02-30
  requests-per-minute: 0
  concurrent: a-secret
  tokens-per-day: 1.5
  models: {a-secret: 1}
`);
  const starts = problems.map((problem) => problem.replace('ONEAPP_COPILOT_API_KEYS', ''));
  expect(starts).toEqual([
    expect.stringMatching(/^\[0\]\.scopes must be a list of chat, complete, embed and admin/),
    expect.stringMatching(/^\[0\]\.expires must be a date /),
    expect.stringMatching(/^\[0\]\.requests-per-minute must be a whole number /),
    expect.stringMatching(/^\[0\]\.concurrent must be a whole number /),
    expect.stringMatching(/^\[0\]\.tokens-per-day must be a whole number /),
    expect.stringMatching(/^\[0\]\.models must be a list /),
  ]);
  expect(problems.join()).not.toContain('secret');
});

test('everything that is wrong is told at once, with its place', () => {
  const { problems } = keysIn(`
- {name: ana, key: one-key-for-ana-alone}
- {name: Bob, key: too short, scope: all}
- {name: ana, key: another-key-for-her}
- {name: context, sha256: 12}
- {name: both, key: one-key-for-both-of-us, sha256: ${hash}}
- {name: none}
- just-a-word
- {key: a-key-without-a-name}
`);
  const starts = problems.map((problem) => problem.replace('ONEAPP_COPILOT_API_KEYS', ''));
  expect(starts).toEqual([
    expect.stringMatching(/^\[1\]\.name must be /),
    expect.stringMatching(/^\[1\]\.key must have 16 to 256 /),
    expect.stringMatching(/^\[1\] has a field «scope», /),
    expect.stringMatching(/^\[2\]\.name is the name of an earlier entry/),
    expect.stringMatching(/^\[3\]\.name is a name the appliance uses itself/),
    expect.stringMatching(/^\[3\]\.sha256 must be a SHA-256 /),
    expect.stringMatching(/^\[4\] must have either a key or a sha256/),
    expect.stringMatching(/^\[5\] must have either a key or a sha256/),
    expect.stringMatching(/^\[6\] must be an entry /),
    expect.stringMatching(/^\[7\]\.name must be /),
  ]);
});

test.each([
  ['no list', 'name: ana', /must be a YAML list/],
  ['a word', 'a-word-alone-here', /must be a YAML list/],
  ['broken YAML', '- name: ana\n  key: [', /no YAML: look at line 2/],
  ['a name twice in an entry', '- name: ana\n  name: bob\n', /no YAML: look at line 2/],
  ['base64 of something else', inBase64('\xff\xfe\x00binary'), /must be a YAML list/],
  ['an alias', '- &a {name: ana, key: one-key-for-ana-alone}\n- *a', /must not use aliases/],
])('%s is refused', (_what, text, rule) => expect(keysIn(text).problems[0]).toMatch(rule));

test('what base64 hid is not told either', () => {
  const { problems } = keysIn(
    inBase64('- {name: ana, key: "a secret with spaces"}\n- {a-secret-in-the-wrong-place: 1}'),
  );
  expect(problems).toHaveLength(3);
  expect(problems.join()).not.toMatch(/a.secret/);
});
