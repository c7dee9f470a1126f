import { describe, expect, it } from 'vitest';
import { done, type EngineEvent } from '../../../../src/gateway/engine-event.ts';
import { fault } from '../../../../src/gateway/fault.ts';
import {
  chatEnding,
  chatFor,
  counted,
  delta,
  generateFor,
  head,
  linesOf,
  user,
  wholeOf,
} from './ollama-support.ts';

const chat = () => chatFor({ messages: [user('hi')] });
const says = (content: string, more: object = {}) => ({
  ...head,
  message: { role: 'assistant', content, ...more },
});

describe('a chat', () => {
  const events = [
    delta({ role: 'assistant', content: null }),
    delta({ content: 'a' }),
    delta({ content: 'b' }),
    ...chatEnding('stop'),
  ];

  it('is a line for each part, and a last one with what it took in nanoseconds', () => {
    expect(linesOf(chat(), events)).toEqual([
      { ...says('a'), done: false },
      { ...says('b'), done: false },
      { ...says(''), done: true, done_reason: 'stop', ...counted },
    ]);
  });

  it('is one object when it is not streamed', () => {
    expect(wholeOf(chat(), events)).toEqual({ ...says('ab'), done: true, done_reason: 'stop', ...counted });
    expect(wholeOf(chat(), events.slice(0, -1))).toBeUndefined();
  });

  it('that was cut off says so', () => {
    expect(linesOf(chat(), chatEnding('length')).at(-1)).toMatchObject({ done_reason: 'length' });
  });

  it('is complete without counts, which other destinations may not tell', () => {
    const bare: EngineEvent[] = [delta({ content: 'a' }), delta({}, 'stop'), done];
    const none = { total_duration: 0, prompt_eval_count: 0, eval_count: 0 };
    expect(linesOf(chat(), bare).at(-1)).toMatchObject({ done: true, done_reason: 'stop', ...none });
  });

  it('tells what the model thinks apart from what it says', () => {
    const thinking = [delta({ reasoning_content: 'hm' }), delta({ content: 'a' }), ...chatEnding('stop')];
    expect(linesOf(chat(), thinking)[0]).toEqual({ ...says('', { thinking: 'hm' }), done: false });
    expect(wholeOf(chat(), thinking)).toMatchObject(says('a', { thinking: 'hm' }));
  });

  it('has tool calls whole, with their arguments as an object', () => {
    const call = (index: number, part: object) => delta({ tool_calls: [{ index, ...part }] });
    const calling = [
      call(0, { id: 'c0', type: 'function', function: { name: 'read', arguments: '' } }),
      call(0, { function: { arguments: '{"path":' } }),
      call(0, { function: { arguments: '"a"}' } }),
      call(1, { id: 'c1', type: 'function', function: { name: 'list', arguments: '{"cut' } }),
      ...chatEnding('tool_calls'),
    ];
    const tool_calls = [
      { id: 'c0', function: { index: 0, name: 'read', arguments: { path: 'a' } } },
      { id: 'c1', function: { index: 1, name: 'list', arguments: {} } },
    ];
    expect(linesOf(chat(), calling)).toEqual([
      { ...says('', { tool_calls }), done: false },
      { ...says(''), done: true, done_reason: 'stop', ...counted },
    ]);
    expect(wholeOf(chat(), calling)).toMatchObject({ ...says('', { tool_calls }), done: true });
  });
});

describe('a generated text', () => {
  const part = (content: string) => ({ content, stop: false });
  const last = (stop_type: string) => ({
    content: '',
    stop: true,
    stop_type,
    tokens_evaluated: 30,
    tokens_predicted: 7,
    timings: { prompt_ms: 1.5, predicted_ms: 2.25 },
  });

  it.each([
    ['eos', 'stop'],
    ['word', 'stop'],
    ['limit', 'length'],
  ])('from between or after others ends by %s as %s', (stopType, reason) => {
    for (const body of [
      { prompt: 'a', suffix: 'b' },
      { prompt: 'a', raw: true },
    ]) {
      const events = [part('x'), part('y'), last(stopType)];
      const end = { done: true, done_reason: reason, ...counted };
      expect(linesOf(generateFor(body), events)).toEqual([
        { ...head, response: 'x', done: false },
        { ...head, response: 'y', done: false },
        { ...head, response: '', ...end },
      ]);
      expect(wholeOf(generateFor(body), events)).toEqual({ ...head, response: 'xy', ...end });
    }
  });

  it('from a chat stands in "response" too', () => {
    const events = [delta({ content: 'a' }), ...chatEnding('stop')];
    const end = { done: true, done_reason: 'stop', ...counted };
    expect(wholeOf(generateFor({ prompt: 'hi' }), events)).toEqual({ ...head, response: 'a', ...end });
  });

  it.each([
    [{}, 'load'],
    [{ keep_alive: 300 }, 'load'],
    [{ keep_alive: '5m' }, 'load'],
    [{ keep_alive: 0 }, 'unload'],
    [{ keep_alive: '0s' }, 'unload'],
  ])('of a request that asks nothing (%j) is none, and tells that the model was to %s', (body, reason) => {
    const events = [part('noise'), last('limit')];
    const ended = { done: true, done_reason: reason };
    expect(linesOf(generateFor(body), events)).toEqual([{ ...head, response: '', ...ended }]);
    expect(linesOf(chatFor(body), events)).toEqual([{ ...says(''), ...ended }]);
  });
});

describe('a stream', () => {
  it('is kept alive by parts that say nothing', () => {
    const stream = chat().events();
    expect(stream.contentType).toBe('application/x-ndjson');
    expect(stream.opening()).toBe('');
    expect(JSON.parse(stream.heartbeat())).toEqual({ ...says(''), done: false });
    expect(stream.heartbeat().endsWith('\n')).toBe(true);
    expect(JSON.parse(generateFor({ prompt: 'a' }).events().heartbeat())).toEqual({
      ...head,
      response: '',
      done: false,
    });
  });

  it('is finished by the engine’s last word, and has one last line', () => {
    const stream = chat().events();
    for (const event of chatEnding('stop').slice(0, -1)) stream.next(event);
    expect(stream.finished).toBe(false);
    stream.next(done);
    expect(stream.finished).toBe(true);
    expect(stream.next(done)).toBe('');
  });

  it('that fails ends with the error as a text', () => {
    const problem = fault('engine_failed', {});
    expect(JSON.parse(chat().events().failure(problem))).toEqual({
      error: `${problem.error.message} ${problem.error.fix}`,
    });
  });
});
