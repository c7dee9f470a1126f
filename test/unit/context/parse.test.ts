import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/context/secret.ts';
import {
  defaultSettings,
  type SettingName,
  settingNames,
  variables,
} from '../../../src/context/variables.ts';
import { parse, parseOne } from './support.ts';

/** What some settings need beside them. */
const company: Partial<Record<SettingName, SettingName>> = {
  tlsMode: 'tlsDomain',
  tlsCertificate: 'tlsKey',
  tlsKey: 'tlsCertificate',
  acmeKeyId: 'acmeKey',
  acmeKey: 'acmeKeyId',
};

/** Only what is too long for a table is shown shortened. */
const wholeExamples = settingNames.filter((name) => !variables[name].example.endsWith('…'));

test.each(wholeExamples)('the example of %s is accepted', (name) => {
  const names = [name, company[name] ?? name];
  const values = names.map((each) => [variables[each].name.slice(15), variables[each].example]);
  const { errors, given } = parse(Object.fromEntries(values));
  expect(errors).toEqual([]);
  expect(given).toEqual(new Set(names));
});

test('nothing given means defaults', () => {
  const { settings, given } = parse({});
  expect(settings).toEqual({
    apiPassword: undefined,
    apiKeys: [],
    allowedNetworks: [],
    sshAllowedNetworks: [],
    tlsDomain: undefined,
    tlsMode: 'auto',
    tlsAddress: undefined,
    tlsCertificate: undefined,
    tlsKey: undefined,
    tlsHsts: 0,
    acmeDirectory: undefined,
    acmeStaging: undefined,
    acmeContact: undefined,
    acmeKeyId: undefined,
    acmeKey: undefined,
    acmeProfile: undefined,
    acmeRoots: undefined,
    aiModel: undefined,
    completeModel: undefined,
    embedModel: undefined,
    loraAdapters: [],
    modelMirror: undefined,
    modelToken: undefined,
    contextSize: 0,
    cpuThreads: 0,
    maxTokens: 0,
    openMetadata: false,
    metricsNetworks: [],
    usageDays: 90,
    usagePrice: undefined,
    upstreams: [],
    securityUpdates: false,
    lbEnabled: false,
    lbBackends: [],
    registerUrl: undefined,
    registerKey: undefined,
    registerModelName: undefined,
    registerSiteName: undefined,
  });
  expect(given.size).toBe(0);
});

test.each(['', ' ', ' \t\n'])('a value of %j is nothing given, whatever the variable', (blank) => {
  const all = Object.values(variables).map(({ name }) => [name.slice(15), blank]);
  const nothing = { settings: defaultSettings(), given: new Set(), errors: [], warnings: [] };
  expect(parse(Object.fromEntries(all))).toEqual(nothing);
});

test('every problem is reported at once', () => {
  const { errors, warnings } = parse({
    API_PASSWORD: 'short',
    CONTEXT_SIZE: '511',
    CPU_THREADS: '-1',
    ALLOWED_NETWORKS: '10.0.0.1/8 nowhere',
    SECURITY_UPDATES: 'perhaps',
    CONTEXT_SIZ: '4096',
  });
  expect(errors.map(({ variable }) => variable?.slice(15))).toEqual([
    'API_PASSWORD',
    'ALLOWED_NETWORKS',
    'ALLOWED_NETWORKS',
    'CONTEXT_SIZE',
    'CPU_THREADS',
    'SECURITY_UPDATES',
  ]);
  expect(warnings.map(({ variable }) => variable?.slice(15))).toEqual(['CONTEXT_SIZ']);
  for (const problem of [...errors, ...warnings]) expect(`${problem.what}${problem.fix}`).not.toMatch(/[{}]/);
});

test('an unknown variable is warned of, with the name that was probably meant', () => {
  const { warnings } = parse({ TLS_DOMIAN: 'a.example', SOMETHING_ELSE: '1' });
  expect(warnings.map(({ code, fix }) => [code, fix.includes('ONEAPP_COPILOT_TLS_DOMAIN')])).toEqual([
    ['CONTEXT_UNKNOWN_VARIABLE', false],
    ['CONTEXT_UNKNOWN_VARIABLE', true],
  ]);
});

test('a long value is cut, and what cannot be seen is made visible', () => {
  const { problems } = parseOne('cpuThreads', `1\n\u001b[31m\u202e${'x'.repeat(100)}`);
  expect(problems[0]).toContain(`«1\\u{a}\\u{1b}[31m\\u{202e}${'x'.repeat(32)}…»`);
});

test.each(['0x1000', '1e4', '4096.0', ' 4k', '١٢٣٤', '9999999', '+4096', '00000000000000004096'])(
  'a context size of %s is refused',
  (text) => expect(parseOne('contextSize', text).problems).toHaveLength(1),
);

test.each([
  ['YES', true],
  ['true', true],
  ['1', true],
  ['Y', true],
  ['On', true],
  ['NO', false],
  ['False', false],
  ['0', false],
  ['n', false],
  ['OFF', false],
])('%s is a yes or no', (text, value) => {
  expect(parseOne('securityUpdates', text)).toMatchObject({ value, problems: [] });
});

test.each(['2', 'ja', 'yes please', 'nein'])('%s is neither yes nor no', (text) => {
  const { problems, fixes } = parseOne('securityUpdates', text);
  expect(problems).toEqual([`ONEAPP_COPILOT_SECURITY_UPDATES must be YES or NO, but is «${text}».`]);
  expect(fixes[0]).toContain('YES');
});

test.each([
  ['Devstral Small 2 (24B ~14GB built-in)', 'devstral-small-2'],
  ['Mistral Small Instruct (24B ~14GB)', 'mistral-small-instruct'],
  ['Mistral Nemo Instruct (12B ~7GB)', 'mistral-nemo-instruct'],
  ['Mistral 7B Instruct (7B ~4GB)', 'mistral-7b-instruct'],
  ['qwen2.5-coder_7b', 'qwen2.5-coder_7b'],
])('the model %s is %s', (text, id) => {
  expect(parseOne('aiModel', text)).toMatchObject({ value: { kind: 'name', name: id }, problems: [] });
});

test.each([
  'Some Model (7B)',
  '../models',
  '-model',
  'https://models.example/a.gguf',
  'Devstral Small 2 (a) (b)',
])('the model %s is refused', (text) => expect(parseOne('aiModel', text).problems[0]).toContain(`«${text}»`));

describe('secrets', () => {
  test.each([
    ' padded-password',
    'with space here',
    'pässwörter',
    'tab\tbed-word',
    'seven77',
    'x'.repeat(257),
  ])('the password %j is refused', (text) => expect(parseOne('apiPassword', text).problems).toHaveLength(1));

  test('are never in a problem', () => {
    const secretNames = Object.values(variables)
      .filter(({ secret }) => secret)
      .map(({ name }) => name.slice(15));
    expect(secretNames.length).toBeGreaterThan(2);
    // Wrong for every variable, as a password, as YAML and as a list of other machines.
    const wrongs = fc
      .stringMatching(/^[a-z]{7}[0-9]{9}[a-z]{4}$/)
      .chain((word) =>
        fc
          .constantFrom(
            `${word} é`,
            `- name: a\n  key: ${word} é`,
            `- ${word}: ${word}`,
            `[${word} é`,
            `- key: ${word}\n  sha256: &${word} x\n- *${word}`,
            `- !${word} {name: ${word}É, name: 2}`,
            `${word}@ho st:1, ${word}@:2, ${word}`,
          )
          .map((text) => ({ word, text })),
      );
    fc.assert(
      fc.property(fc.constantFrom(...secretNames), wrongs, (name, { word, text }) => {
        const { errors, warnings } = parse({ [name]: text });
        expect([...errors, ...warnings]).not.toEqual([]);
        expect(JSON.stringify([errors, warnings])).not.toContain(word);
      }),
    );
  });

  test('print as [secret] however they are printed', () => {
    const { settings } = parse({
      API_PASSWORD: 'correct-horse',
      API_KEYS: '- {name: ana, key: correct-horse-ana}',
      LB_BACKENDS: 'correct-horse@10.0.0.7:443',
      REGISTER_KEY: 'correct-horse',
    });
    const { apiPassword } = settings;
    const printed = [
      String(apiPassword),
      `${apiPassword}`,
      JSON.stringify(settings),
      inspect(settings, { showHidden: true, depth: 9 }),
      inspect(new Error('x', { cause: settings })),
      Object.values(apiPassword ?? {}).join(),
    ];
    for (const text of printed) expect(text).not.toContain('correct-horse');
    expect(printed[0]).toBe('[secret]');
    expect(new Secret('x').reveal()).toBe('x');
  });
});

test.each([
  ['hf:owner/repo/model.gguf@v2', { kind: 'hub', owner: 'owner', file: 'model.gguf', revision: 'v2' }],
  ['disk:MODELS/chat/model.gguf', { kind: 'disk', label: 'MODELS', path: 'chat/model.gguf' }],
  [`https://example.org/m.gguf#sha256=${'A'.repeat(64)}`, { kind: 'web', sha256: 'a'.repeat(64) }],
])('the model %s is named by its place', (text, source) => {
  expect(parseOne('aiModel', text)).toMatchObject({ value: { kind: 'source', source }, problems: [] });
});

test('a place that nobody could fetch from is refused, and what may be secret in it not shown', () => {
  const { problems } = parseOne('aiModel', 'https://me:secret@example.org/m.gguf?signature=secret');
  expect(problems.join()).toMatch(/must hold no user name/);
  expect(problems.join()).not.toContain('secret');
});

test('only the roles that a team can do without can be none', () => {
  expect(parseOne('completeModel', 'none')).toMatchObject({ value: { kind: 'none' } });
  expect(parseOne('aiModel', 'none')).toMatchObject({ value: { kind: 'name', name: 'none' } });
});

test('adapters have a role and a scale, and each that is wrong is named', () => {
  const list = 'hf:a/b/one.gguf, complete=disk:DISK/two.gguf*0.5';
  expect(parseOne('loraAdapters', list)).toMatchObject({
    value: [
      { role: 'chat', source: { file: 'one.gguf' }, scale: 1 },
      { role: 'complete', source: { label: 'DISK' }, scale: 0.5 },
    ],
  });
  expect(parseOne('loraAdapters', 'one.gguf hf:a/b').problems).toHaveLength(2);
});
