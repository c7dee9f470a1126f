import { describe, expect, it } from 'vitest';
import { fault } from '../../../../src/gateway/fault.ts';
import {
  call,
  delta,
  ending,
  eventsIn,
  exchangeFor,
  streamed,
  streamFor,
  whole,
} from './responses-support.ts';

const typesOf = (events: readonly { type: string }[]) => events.map(({ type }) => type);
const usage = {
  input_tokens: 30,
  input_tokens_details: { cached_tokens: 20 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 37,
};
const patchTool = { type: 'custom', name: 'patch' };
const echoTool = { type: 'namespace', name: 'mcp__x', tools: [{ type: 'function', name: 'echo' }] };

/** Thinks, speaks, and calls two tools whose parts come by turns. */
const everything = [
  delta({ role: 'assistant', content: null }),
  delta({ reasoning_content: 'Let me ' }),
  delta({ reasoning_content: 'see.' }),
  delta({ content: 'I ' }),
  delta({ content: 'try.' }),
  call(0, { id: 'c1', type: 'function', function: { name: 'mcp__x__echo', arguments: '' } }),
  call(0, { function: { arguments: '{"a"' } }),
  call(1, { id: 'c2', type: 'function', function: { name: 'patch', arguments: '{"input":' } }),
  call(0, { function: { arguments: ':1}' } }),
  call(1, { function: { arguments: '"*** Begin"}' } }),
  ...ending('tool_calls'),
];
const tools = [echoTool, patchTool];

const message = (text: string, status = 'completed') => ({
  id: 'msg_0b-1_1',
  type: 'message',
  status,
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
});
const output = [
  {
    id: 'rs_0b-1_0',
    type: 'reasoning',
    status: 'completed',
    summary: [{ type: 'summary_text', text: 'Let me see.' }],
  },
  message('I try.'),
  {
    id: 'fc_0b-1_2',
    type: 'function_call',
    status: 'completed',
    call_id: 'c1',
    namespace: 'mcp__x',
    name: 'echo',
    arguments: '{"a":1}',
  },
  {
    id: 'fc_0b-1_3',
    type: 'custom_tool_call',
    status: 'completed',
    call_id: 'c2',
    name: 'patch',
    input: '*** Begin',
  },
];

describe('a streamed response', () => {
  it('has every event of every item, in order and numbered', () => {
    const events = streamed(everything, { tools });
    expect(typesOf(events)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.custom_tool_call_input.delta',
      'response.custom_tool_call_input.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
  });

  it('places each event as clients need it', () => {
    const events = streamed(everything, { tools });
    const of = (type: string) => events.filter((event) => event.type === `response.${type}`);
    expect(of('output_item.added').map(({ output_index, item }) => [output_index, item.status])).toEqual(
      [0, 1, 2, 3].map((index) => [index, 'in_progress']),
    );
    const reasoning = { item_id: 'rs_0b-1_0', output_index: 0, summary_index: 0 };
    expect(of('reasoning_summary_part.added')).toMatchObject([
      { ...reasoning, part: { type: 'summary_text', text: '' } },
    ]);
    expect(of('reasoning_summary_text.delta')[1]).toMatchObject({ ...reasoning, delta: 'see.' });
    expect(of('reasoning_summary_text.done')).toMatchObject([{ ...reasoning, text: 'Let me see.' }]);
    const text = { item_id: 'msg_0b-1_1', output_index: 1, content_index: 0 };
    expect(of('content_part.added')).toMatchObject([
      { ...text, part: { type: 'output_text', text: '', annotations: [] } },
    ]);
    expect(of('output_text.delta')[0]).toMatchObject({ ...text, delta: 'I ', logprobs: [] });
    expect(of('output_text.done')).toMatchObject([{ ...text, text: 'I try.', logprobs: [] }]);
    expect(of('content_part.done')).toMatchObject([{ ...text, part: { text: 'I try.' } }]);
    const called = { item_id: 'fc_0b-1_2', output_index: 2 };
    expect(of('function_call_arguments.delta')).toMatchObject([
      { ...called, delta: '{"a"' },
      { ...called, delta: ':1}' },
    ]);
    expect(of('function_call_arguments.done')).toMatchObject([
      { ...called, name: 'echo', arguments: '{"a":1}' },
    ]);
    const custom = { item_id: 'fc_0b-1_3', output_index: 3 };
    expect(of('custom_tool_call_input.delta')).toMatchObject([{ ...custom, delta: '*** Begin' }]);
    expect(of('custom_tool_call_input.done')).toMatchObject([{ ...custom, input: '*** Begin' }]);
    expect(of('output_item.done').map(({ item }) => item)).toEqual(output);
  });

  it('begins with the response as it was asked for and ends with all of it', () => {
    const asked = { tools, metadata: { a: 'b' }, instructions: 'Be brief.', store: true, temperature: 0.5 };
    const events = streamed(everything, asked);
    const constant = { id: 'resp_0b-1', object: 'response', model: 'gpt-x', ...asked, store: false };
    expect(events[0].response).toMatchObject({ ...constant, status: 'in_progress', output: [], usage: null });
    expect(events.at(-1).response).toMatchObject({
      ...constant,
      created_at: 1_795_000_000,
      status: 'completed',
      output,
      usage,
      error: null,
      incomplete_details: null,
      previous_response_id: null,
      parallel_tool_calls: true,
      tool_choice: 'auto',
    });
  });

  it('says in its heartbeats what there is so far, since clients take theirs for it', () => {
    const stream = streamFor();
    stream.opening();
    expect(eventsIn(stream.heartbeat())).toMatchObject([
      { type: 'response.in_progress', sequence_number: 2, response: { status: 'in_progress', output: [] } },
    ]);
    stream.next(delta({ content: 'I ' }));
    const [{ response, sequence_number: number }] = eventsIn(stream.heartbeat());
    expect(number).toBe(6);
    expect(response.output).toMatchObject([{ status: 'in_progress', content: [{ text: 'I ' }] }]);
  });

  it('repeats in its heartbeats nothing of what was asked, which may be long', () => {
    const tools = [{ type: 'function', name: 'f', parameters: {} }];
    const stream = streamFor({ instructions: 'Be brief.', tools });
    const opening = eventsIn(stream.opening());
    for (const { response } of opening) expect(response).toMatchObject({ instructions: 'Be brief.', tools });
    expect(eventsIn(stream.heartbeat())).toMatchObject([{ response: { instructions: null, tools: [] } }]);
  });

  it('is incomplete when its tokens ran out', () => {
    const events = streamed([delta({ content: 'I ' }), ...ending('length')]);
    expect(events.at(-2).item).toMatchObject({ status: 'incomplete' });
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, usage },
    });
  });

  it('is finished only when the engine has said so', () => {
    const stream = streamFor();
    stream.next(delta({ content: 'x' }, 'stop'));
    expect(stream.finished).toBe(false);
    stream.next('[DONE]');
    expect(stream.finished).toBe(true);
  });

  it('that fails ends what was begun and says why, in the words Codex knows', () => {
    const stream = streamFor();
    stream.opening();
    stream.next(delta({ content: 'I ' }));
    const events = eventsIn(stream.failure(fault('engine_failed', {})));
    expect(typesOf(events)).toEqual([
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.failed',
    ]);
    expect(events.at(-1).response).toMatchObject({
      status: 'failed',
      error: { code: 'engine_failed', message: expect.stringContaining('broke off') },
      output: [{ status: 'incomplete' }],
    });

    const overflow = fault('context_length_exceeded', { tokens: 9, contextSize: 8 });
    expect(stream.carries?.(overflow)).toBe(true);
    expect(eventsIn(streamFor().failure(overflow))[0].response.error.code).toBe('context_length_exceeded');
    const restarting = fault('engine_restarting', { seconds: 5 });
    expect(stream.carries?.(restarting)).toBe(false);
    expect(eventsIn(streamFor().failure(restarting))[0].response.error).toMatchObject({
      code: 'rate_limit_exceeded',
      message: expect.stringContaining('try again in 5s'),
    });
  });

  it('takes what a custom tool is given as it is when it is not the JSON asked for', () => {
    const parts = [
      call(0, { id: 'c', function: { name: 'patch', arguments: '*** Begin' } }),
      ...ending('stop'),
    ];
    const { response } = streamed(parts, { tools }).at(-1);
    expect(response.output).toMatchObject([{ type: 'custom_tool_call', input: '*** Begin' }]);
  });

  it('gives a call an id where the engine gave none', () => {
    const parts = [0, 1].map((index) => call(index, { function: { name: 'f', arguments: '{}' } }));
    const { response } = streamed([...parts, ...ending('tool_calls')]).at(-1);
    const ids = response.output.map(({ call_id }: { call_id: string }) => call_id);
    expect(ids).toEqual(['call_0b-1_0', 'call_0b-1_1']);
  });
});

describe('a response that is not streamed', () => {
  it('is what a stream ends with', () => {
    expect(whole(everything, { tools })).toEqual(streamed(everything, { tools }).at(-1).response);
    const cutOff = [delta({ content: 'I ' }), ...ending('length')];
    expect(whole(cutOff)).toEqual(streamed(cutOff).at(-1).response);
  });

  it('is nothing until the engine has said that it is complete', () => {
    const collector = exchangeFor({}).collector();
    collector.next(delta({ content: 'x' }, 'stop'));
    expect(collector.answer).toBeUndefined();
  });
});
