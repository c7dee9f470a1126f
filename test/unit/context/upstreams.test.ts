import { expect, test } from 'vitest';
import { makeAuthority } from '../../../src/certificates/own-ca/issue.ts';
import { parseOne } from './support.ts';

const inBase64 = (text: string) => Buffer.from(text).toString('base64');

/** The upstreams in `text`, with what they hide. */
function upstreamsIn(text: string) {
  const { value, problems } = parseOne('upstreams', text);
  const plain = value.map((entry) => ({ ...entry, url: entry.url.reveal(), key: entry.key?.reveal() }));
  return { plain, problems };
}

const yaml = `
- name: cloud
  url: https://api.example.org/v1/
  key: one-key-for-the-cloud
  fallback: true
  models:
    - {id: big-model-2026, as: big, context: 200000, price: 3/15 USD}
    - {id: embedder, role: embed}
- name: other-vm
  url: https://10.0.0.7
  models: [{id: "00012"}]
`;

const upstreams = [
  {
    name: 'cloud',
    url: 'https://api.example.org/v1',
    key: 'one-key-for-the-cloud',
    fallback: true,
    ca: undefined,
    models: [
      {
        id: 'big',
        upstreamId: 'big-model-2026',
        role: 'chat',
        contextSize: 200_000,
        price: { input: 3, output: 15, currency: 'USD' },
      },
      { id: 'embedder', upstreamId: 'embedder', role: 'embed', contextSize: 131_072 },
    ],
  },
  {
    name: 'other-vm',
    url: 'https://10.0.0.7/v1',
    key: undefined,
    fallback: false,
    ca: undefined,
    models: [{ id: '00012', upstreamId: '00012', role: 'chat', contextSize: 131_072 }],
  },
];

test.each([
  ['as it is', yaml],
  ['in base64', inBase64(yaml)],
])('upstreams are read %s, and none stands in unless it is asked to', (_how, text) =>
  expect(upstreamsIn(text)).toEqual({ plain: upstreams, problems: [] }),
);

test('without the variable there are none', () => expect(parseOne('upstreams', '').value).toEqual([]));

test('the certificate of an authority is read whole, and anything else refused', async () => {
  const { certificate } = await makeAuthority('other', new Date());
  const indented = certificate.replaceAll('\n', '\n    ');
  const entry = '- name: vm\n  url: https://10.0.0.7\n  models: [{id: m}]\n  ca: |\n    ';
  const { plain, problems } = upstreamsIn(entry + indented);
  expect(problems).toEqual([]);
  expect(plain[0]?.ca?.trim()).toBe(certificate.trim());
  expect(upstreamsIn(`${entry}canary`).problems).toEqual([
    expect.stringMatching(/\[0\]\.ca must be one or more certificates/),
  ]);
});

test('everything that is wrong is told at once, with its place, and nothing of what stands there', () => {
  const { problems } = upstreamsIn(`
- {name: local, url: "http://canary.example/v1", key: "canary key", models: []}
- {name: a, url: "https://canary:canary@b.example/v1", models: [{as: b}, {id: c, context: 12}], fallback: maybe}
- {name: b, url: "https://b.example/v1?canary", models: [{id: c, role: paint, price: free}, {id: d, as: "canary d"}]}
- {name: b, url: "https://b.example", models: [{id: d}, {id: e, as: d}], secret: 1, canary-key-in-the-wrong-place: 2}
- just-a-word
`);
  expect(problems.join('\n')).not.toMatch(/canary|example/);
  const starts = problems.map((problem) => problem.replace('ONEAPP_COPILOT_UPSTREAMS', ''));
  expect(starts).toEqual([
    expect.stringMatching(/^\[0\]\.name must be /),
    expect.stringMatching(/^\[0\]\.url must be /),
    expect.stringMatching(/^\[0\]\.key must have /),
    expect.stringMatching(/^\[0\]\.models must be a list /),
    expect.stringMatching(/^\[1\]\.url must be /),
    expect.stringMatching(/^\[1\]\.models\[0\]\.id must have /),
    expect.stringMatching(/^\[1\]\.models\[1\]\.context must be /),
    expect.stringMatching(/^\[1\]\.fallback must be /),
    expect.stringMatching(/^\[2\]\.url must be /),
    expect.stringMatching(/^\[2\]\.models\[0\]\.price must be /),
    expect.stringMatching(/^\[2\]\.models\[0\]\.role must be /),
    expect.stringMatching(/^\[2\]\.models\[1\]\.as must be /),
    expect.stringMatching(/^\[3\] has a field «secret», /),
    expect.stringMatching(/^\[3\] has a field with another name, /),
    expect.stringMatching(/^\[4\] must be an entry /),
    expect.stringMatching(/^\[3\] has the name of an earlier one/),
    expect.stringMatching(/^\[3\]\.models\[1\] has the name of an earlier one/),
  ]);
});

test.each([
  ['no list', 'name: a', /must be a YAML list/],
  ['a word', 'a-word-alone-here', /must be a YAML list/],
  ['broken YAML', '- name: a\n  key: [', /no YAML: look at line 2/],
  ['an alias', '- &a {name: a, url: "https://a.example", models: [{id: a}]}\n- *a', /must not use aliases/],
])('%s is refused', (_what, text, rule) => expect(upstreamsIn(text).problems[0]).toMatch(rule));
