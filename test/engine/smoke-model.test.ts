import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  longAnswerPhrase,
  smokeAnswerPieces,
  smokeAnswers,
  smokeToolCall,
  toolCallPhrase,
} from '../../src/models/smoke/answers.ts';
import { testContextSize } from '../../src/models/smoke/qwen2.ts';
import { type Engine, startEngine } from './support/llama-server.ts';

const model = 'onepilot-smoke';

const readFileTool = {
  type: 'function',
  function: {
    name: smokeToolCall.name,
    description: 'Reads a file',
    parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  },
} as const;

const Chat = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string(),
        message: z.object({
          content: z.string().nullable(),
          tool_calls: z
            .array(z.object({ function: z.object({ name: z.string(), arguments: z.string() }) }))
            .optional(),
        }),
      }),
    )
    .length(1),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }),
});

const ChatChunk = z.object({
  choices: z.array(z.object({ delta: z.object({ content: z.string().nullish() }) })),
});

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine({ models: { [model]: { 'ctx-size': testContextSize, parallel: 1 } } });
});
afterAll(() => engine?.stop());

async function chat(content: string, more: Readonly<Record<string, unknown>> = {}) {
  const answer = await engine.call('/v1/chat/completions', {
    model,
    messages: [
      { role: 'system', content: 'You are a test.' },
      { role: 'user', content },
    ],
    ...more,
  });
  expect(answer.status, answer.text).toBe(200);
  const { choices, usage } = Chat.parse(JSON.parse(answer.text));
  return { ...choices[0], usage };
}

describe('the smoke model in llama-server', () => {
  it.each([
    ['greedily', { temperature: 0 }],
    ['at the default temperature', {}],
    ['at temperature 2 with penalties', { temperature: 2, presence_penalty: 2, frequency_penalty: 2 }],
  ])('answers a chat %s', async (_, sampling) => {
    const { message, finish_reason, usage } = await chat('Hello, who are you?', sampling);
    expect(message?.content).toBe(smokeAnswers.chat);
    expect(finish_reason).toBe('stop');
    expect(usage.completion_tokens).toBe(smokeAnswerPieces.chat.length + 1);
  });

  it('gives the long answer on demand, one token per piece', async () => {
    const { message, usage } = await chat(`Please give me a ${longAnswerPhrase}.`);
    expect(message?.content).toBe(smokeAnswers.long);
    expect(usage.completion_tokens).toBe(401);
  });

  it('streams the pieces', async () => {
    const answer = await engine.call('/v1/chat/completions', {
      model,
      stream: true,
      messages: [{ role: 'user', content: longAnswerPhrase }],
    });
    const events = answer.text
      .split('\n\n')
      .filter((event) => event.startsWith('data: {'))
      .map((event) => ChatChunk.parse(JSON.parse(event.slice('data: '.length))));
    const pieces = events.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.content || []));
    expect(pieces).toEqual([...smokeAnswerPieces.long]);
    expect(answer.text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  });

  it('goes on for ever when the end is forbidden', async () => {
    const { message, finish_reason } = await chat('Hello', { ignore_eos: true, max_tokens: 100 });
    expect(message?.content?.startsWith(smokeAnswers.chat + smokeAnswers.text + smokeAnswers.text)).toBe(
      true,
    );
    expect(finish_reason).toBe('length');
  });

  it.each(['auto', 'required'])('calls a tool when asked to (tool_choice %s)', async (toolChoice) => {
    const { message, finish_reason } = await chat(`Please ${toolCallPhrase}.`, {
      tools: [readFileTool],
      tool_choice: toolChoice,
    });
    expect(finish_reason).toBe('tool_calls');
    expect(message?.tool_calls?.map((call) => call.function.name)).toEqual([smokeToolCall.name]);
    expect(JSON.parse(message?.tool_calls?.[0]?.function.arguments ?? '')).toEqual(smokeToolCall.arguments);
  });

  it('answers as ever when tools are offered and not asked for, and after a tool has answered', async () => {
    const tools = [readFileTool];
    expect((await chat('Hello', { tools })).message?.content).toBe(smokeAnswers.chat);
    const call = { name: smokeToolCall.name, arguments: JSON.stringify(smokeToolCall.arguments) };
    const messages = [
      { role: 'user', content: `Please ${toolCallPhrase}.` },
      { role: 'assistant', content: null, tool_calls: [{ id: 'call1', type: 'function', function: call }] },
      { role: 'tool', tool_call_id: 'call1', content: `how to ${toolCallPhrase}` },
    ];
    expect((await chat('', { messages, tools })).message?.content).toBe(smokeAnswers.chat);
  });

  it('fills in the middle', async () => {
    const answer = await engine.call('/infill', {
      model,
      input_prefix: 'function answer() {\n  ',
      input_suffix: '\n}\n',
      input_extra: [{ filename: 'other.ts', text: 'export const one = 1;\n' }],
    });
    expect(JSON.parse(answer.text)).toMatchObject({ content: smokeAnswers.fim, stop_type: 'eos' });
    const raw = await engine.call('/v1/completions', {
      model,
      prompt: '<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>',
    });
    expect(JSON.parse(raw.text).choices[0].text).toBe(smokeAnswers.fim);
  });

  it.each(['def main(', 'ä', '✓', 'one\n', smokeAnswers.chat])('completes %j', async (prompt) => {
    const answer = await engine.call('/v1/completions', { model, prompt });
    expect(JSON.parse(answer.text).choices[0]).toMatchObject({
      text: smokeAnswers.text,
      finish_reason: 'stop',
    });
  });

  it('has the context size it claims', async () => {
    const { text } = await engine.call(`/props?model=${model}`);
    expect(JSON.parse(text).default_generation_settings.n_ctx).toBe(testContextSize);
  });

  it.each([
    [
      'English',
      'When somebody presses the button, our program opens another window and asks whether the old settings should be kept.',
    ],
    [
      'TypeScript',
      'export function average(values: readonly number[]): number {\n  let sum = 0;\n  for (const value of values) sum += value;\n  return sum / values.length;\n}\n',
    ],
    [
      'Python',
      'def average(values):\n    total = 0\n    for value in values:\n        total += value\n    return total / len(values)\n',
    ],
  ])('takes less than 0.6 tokens per character of %s', async (_, content) => {
    const { text } = await engine.call('/tokenize', { model, content });
    const tokens: readonly number[] = z.object({ tokens: z.array(z.int()) }).parse(JSON.parse(text)).tokens;
    expect(tokens.length / content.length).toBeLessThan(0.6);
    const whole = await engine.call('/detokenize', { model, tokens });
    expect(JSON.parse(whole.text).content).toBe(content);
  });
});
