import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEngineEvent } from '../../../../src/gateway/engine-event.ts';
import { fault } from '../../../../src/gateway/fault.ts';
import { call, delta, ending, eventsIn, exchangeFor, streamed, usage, whole } from './anthropic-support.ts';

const typesOf = (events: { type: string }[]) => events.map(({ type }) => type);
const counted = {
  input_tokens: 10,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 20,
  output_tokens: 7,
};

describe('a text', () => {
  const parts = [
    delta({ role: 'assistant', content: null }),
    delta({ content: 'a' }),
    delta({ content: 'b' }),
  ];

  it('is one block, between a message’s beginning and its end', () => {
    const events = streamed([...parts, ...ending('stop')]);
    expect(events).toEqual([
      {
        type: 'message_start',
        message: {
          id: 'msg_0b1',
          type: 'message',
          role: 'assistant',
          model: 'claude-x',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { ...counted, input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'b' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: counted },
      { type: 'message_stop' },
    ]);
  });

  it('is a message of its own when it is not streamed', () => {
    expect(whole([...parts, ...ending('stop')])).toEqual({
      id: 'msg_0b1',
      type: 'message',
      role: 'assistant',
      model: 'claude-x',
      content: [{ type: 'text', text: 'ab' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: counted,
    });
  });
});

describe('why an answer ends', () => {
  const stopSequences = { stop_sequences: ['END'] };
  const stoppedAt = (stopping_word: string) => [{ ...delta({}, 'stop'), __verbose: { stopping_word } }];
  it.each([
    ['the limit', ending('length'), 'max_tokens', null],
    ['a filter', ending('content_filter'), 'refusal', null],
    ['a stop sequence', stoppedAt('END'), 'stop_sequence', 'END'],
    ['a word of the template’s', stoppedAt('<|im_end|>'), 'end_turn', null],
    ['the end', stoppedAt(''), 'end_turn', null],
  ])('%s', (_name, parts, stop_reason, stop_sequence) => {
    const answer = whole([delta({ content: 'a' }), ...parts], stopSequences);
    expect(answer).toMatchObject({ stop_reason, stop_sequence });
  });

  it('a call, also when the server says "stop"', () => {
    const parts = [call(0, { id: 'c', function: { name: 'n', arguments: '{}' } }), ...ending('stop')];
    expect(whole(parts)).toMatchObject({ stop_reason: 'tool_use' });
  });
});

describe('thoughts and calls', () => {
  const parts = [
    delta({ reasoning_content: 'Hm' }),
    delta({ reasoning_content: 'm.' }),
    delta({ content: 'So:' }),
    call(0, { id: 'c1', type: 'function', function: { name: 'read', arguments: '' } }),
    call(0, { function: { arguments: '{"path":' } }),
    call(0, { function: { arguments: '"a"}' } }),
    call(1, { function: { name: 'list', arguments: '{}' } }),
    ...ending('tool_calls'),
  ];

  it('are blocks of their own, one after the other', () => {
    const events = streamed(parts);
    expect(typesOf(events).filter((type) => type !== 'content_block_delta')).toEqual([
      'message_start',
      ...Array.from({ length: 4 }, () => ['content_block_start', 'content_block_stop']).flat(),
      'message_delta',
      'message_stop',
    ]);
    const starts = events.filter(({ type }) => type === 'content_block_start');
    expect(starts.map(({ index, content_block }) => [index, content_block])).toEqual([
      [0, { type: 'thinking', thinking: '', signature: '' }],
      [1, { type: 'text', text: '' }],
      [2, { type: 'tool_use', id: 'c1', name: 'read', input: {} }],
      [3, { type: 'tool_use', id: 'toolu_msg_0b1_1', name: 'list', input: {} }],
    ]);
    const signed = events.find((event) => event.delta?.type === 'signature_delta');
    expect(signed).toMatchObject({ index: 0, delta: { signature: expect.stringMatching(/./) } });
  });

  it('are whole in a message', () => {
    expect(whole(parts)).toMatchObject({
      content: [
        { type: 'thinking', thinking: 'Hmm.', signature: 'onepilot' },
        { type: 'text', text: 'So:' },
        { type: 'tool_use', id: 'c1', name: 'read', input: { path: 'a' } },
        { type: 'tool_use', name: 'list', input: {} },
      ],
      stop_reason: 'tool_use',
    });
  });

  it('of calls whose parts come by turns are whole too, one after the other', () => {
    const turns = [
      call(0, { id: 'a', function: { name: 'f', arguments: '{"a"' } }),
      call(1, { id: 'b', function: { name: 'g', arguments: '{' } }),
      call(0, { function: { arguments: ':1}' } }),
      delta({ content: 'Now.' }),
      call(1, { function: { arguments: '}' } }),
      ...ending('tool_calls'),
    ];
    expect(whole(turns)).toMatchObject({
      content: [
        { type: 'tool_use', id: 'a', name: 'f', input: { a: 1 } },
        { type: 'tool_use', id: 'b', name: 'g', input: {} },
        { type: 'text', text: 'Now.' },
      ],
    });
    const places = streamed(turns).flatMap(({ index }) => (index === undefined ? [] : [index]));
    expect(places).toEqual(places.toSorted());
  });

  it('are told as they come, the second call as well', () => {
    const stream = exchangeFor({ stream: true }).events();
    const say = (part: object) => stream.next(readEngineEvent(JSON.stringify(part)));
    say(call(0, { id: 'a', function: { name: 'f', arguments: '{}' } }));
    const second = say(call(1, { id: 'b', function: { name: 'g', arguments: '{"b"' } }));
    expect(second).toContain('"partial_json":"{\\"b\\""');
  });

  it('cut off by the limit have no input', () => {
    const cut = [call(0, { id: 'c', function: { name: 'n', arguments: '{"pa' } }), ...ending('length')];
    expect(whole(cut)).toMatchObject({
      content: [{ type: 'tool_use', input: {} }],
      stop_reason: 'max_tokens',
    });
  });
});

describe('a stream', () => {
  it('pings, and ends in an event of an error', () => {
    const stream = exchangeFor({ stream: true }).events();
    expect(eventsIn(stream.heartbeat())).toEqual([{ type: 'ping' }]);
    const failed = fault('engine_loading', { seconds: 5 });
    expect(eventsIn(stream.failure(failed))).toMatchObject([
      { type: 'error', error: { type: 'overloaded_error' }, request_id: '0b-1' },
    ]);
    expect(stream.finished).toBe(false);
  });

  it('says the same however it is cut, and blocks never overlap', () => {
    const piece = fc.oneof(
      fc.string({ minLength: 1 }).map((content) => ({ content })),
      fc.string({ minLength: 1 }).map((reasoning_content) => ({ reasoning_content })),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 1, max: 4 }), (pieces, size) => {
        const parts = [...pieces.map((fields) => delta(fields)), ...ending('stop')];
        const cut = [...pieces.flatMap((fields) => cutUp(fields, size)), ...ending('stop')];
        expect(whole(cut)).toEqual(whole(parts));
        let open: number | undefined;
        let next = 0;
        for (const { type, index } of streamed(cut)) {
          if (type === 'content_block_start') {
            expect([open, index]).toEqual([undefined, next]);
            open = index;
            next += 1;
          }
          if (type === 'content_block_delta') expect(index).toBe(open);
          if (type === 'content_block_stop') open = undefined;
        }
        expect(open).toBeUndefined();
      }),
    );
  });

  it('counts nothing where the server did not', () => {
    const { prompt_tokens, completion_tokens } = usage;
    const plain = [delta({ content: 'a' }), { choices: [], usage: { prompt_tokens, completion_tokens } }];
    expect(whole(plain)).toMatchObject({ usage: { input_tokens: 30, cache_read_input_tokens: 0 } });
    expect(whole([delta({ content: 'a' })])).toMatchObject({ usage: { input_tokens: 0, output_tokens: 0 } });
  });
});

describe('an answer that the client began itself', () => {
  const began = (content: string) => ({
    messages: [
      { role: 'user', content: 'As JSON.' },
      { role: 'assistant', content },
    ],
  });
  it.each([
    ['goes on from there, though the engine repeats it', ['{"a"', ': 1}'], ': 1}'],
    ['goes on from there, where it is repeated in pieces', ['{', '"a"', ':'], ':'],
    ['is left as it is by a server that repeats nothing', [': 1}'], ': 1}'],
    ['is left as it is when it only began alike', ['{"b"'], '{"b"'],
    ['is left as it is when it ends too soon', ['{"'], '{"'],
  ])('%s', (_name, pieces, text) => {
    const parts = [...pieces.map((content) => delta({ content })), ...ending('stop')];
    expect(whole(parts, began('{"a"'))).toMatchObject({ content: [{ type: 'text', text }] });
  });
});

/** The deltas of `fields`, of at most `size` code units each. */
function cutUp(fields: Readonly<Record<string, string>>, size: number): object[] {
  return Object.entries(fields).flatMap(([name, text]) =>
    (text.match(new RegExp(`.{1,${size}}`, 'gs')) ?? []).map((piece) => delta({ [name]: piece })),
  );
}
