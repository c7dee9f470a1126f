import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attributesOf, safeValue } from '../../../src/onegate/attributes.ts';
import { ApplianceState, type Status } from '../../../src/report/status.ts';
import { escapeAttributes } from '../../support/onegate/escape-attr.ts';
import { parseTemplate } from '../../support/onegate/user-template.ts';

const ready: Status = {
  version: '0.1.0',
  state: 'ready',
  since: '2026-11-21T07:00:00.000Z',
  endpoint: 'https://10.0.2.15/v1',
  models: ['onepilot-smoke'],
  errors: [],
  warnings: [],
};

/** Texts with what OneGate trips over in them. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ',',
        '[',
        ']',
        '"',
        '\\',
        '\\n',
        '\n',
        '=',
        'READY=YES',
        'ready',
        '«',
        '»',
        ' ',
        '%',
        'é',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const problem = fc.record({ code: text, what: text, fix: text });
const status: fc.Arbitrary<Status> = fc.record(
  {
    version: text,
    state: fc.constantFrom(...ApplianceState.options),
    progress: fc.integer({ min: 0, max: 100 }),
    reason: text,
    since: text,
    endpoint: text,
    models: fc.array(text, { maxLength: 3 }),
    errors: fc.array(problem, { maxLength: 2 }),
    warnings: fc.array(problem, { maxLength: 2 }),
  },
  { requiredKeys: ['version', 'state', 'since', 'models', 'errors', 'warnings'] },
);

/** What the user template holds after these were sent. */
const arrived = (attributes: Readonly<Record<string, string>>) =>
  parseTemplate(
    escapeAttributes(
      Object.entries(attributes)
        .map(([name, value]) => `${name}=${value}`)
        .join('\n'),
    ),
  );

describe('what OneGate is told', () => {
  test('names state, address, models and version', () => {
    expect(attributesOf(ready)).toEqual({
      ONEAPP_COPILOT_STATE: 'ready',
      ONEAPP_COPILOT_ENDPOINT: 'https://10.0.2.15/v1',
      ONEAPP_COPILOT_MODEL: 'onepilot-smoke',
      ONEAPP_COPILOT_VERSION: '0.1.0',
      ONEAPP_COPILOT_STATUS: 'ok',
    });
  });

  test('arrives unharmed, whatever the status says', () => {
    fc.assert(
      fc.property(status, (any) => {
        const attributes = attributesOf(any);
        expect(arrived(attributes)).toEqual(attributes);
      }),
      { numRuns: 1000 },
    );
  });

  test('never looks like READY=YES to OneFlow', () => {
    fc.assert(
      fc.property(status, (any) => {
        const attributes = attributesOf(any);
        expect(Object.keys(attributes).filter((name) => name.endsWith('READY'))).toEqual([]);
        expect(JSON.stringify(attributes)).not.toMatch(/READY *=/i);
      }),
      { numRuns: 1000 },
    );
  });

  test('gives the reason before the errors, in their words', () => {
    const errors = [{ code: 'X', what: 'VALUE is «a, b», not a number.', fix: '' }];
    const failed: Status = { ...ready, state: 'failed', errors };
    expect(attributesOf(failed).ONEAPP_COPILOT_STATUS).toBe('VALUE is a b not a number.');
    const reason = 'The engine could not load its model.';
    expect(attributesOf({ ...failed, reason }).ONEAPP_COPILOT_STATUS).toBe(reason);
  });

  test('tells how far a load is', () => {
    const loading: Status = { ...ready, state: 'loading', progress: 40 };
    expect(attributesOf(loading).ONEAPP_COPILOT_STATUS).toBe('model read: 40 per cent');
  });

  test('an address that could not arrive whole is left out', () => {
    const { ONEAPP_COPILOT_ENDPOINT } = attributesOf({ ...ready, endpoint: 'https://[2001:db8::1]/v1' });
    expect(ONEAPP_COPILOT_ENDPOINT).toBeUndefined();
  });
});

describe('a safe value', () => {
  test.each([
    ['Über – «10 %»', 'Uber - 10 per cent'],
    ['a,b;c\nd', 'a b c d'],
    ['C:\\new', 'C: new'],
    ['qwen2.5-coder:7b_Q4+K=1/2', 'qwen2.5-coder:7b_Q4+K=1/2'],
  ])('of %j is %j', (given, safe) => expect(safeValue(given)).toBe(safe));

  test('is never empty', () => expect(safeValue(' «”\n»')).toBeUndefined());

  test('is short', () => expect(safeValue('long '.repeat(1000))?.length).toBeLessThanOrEqual(200));
});
