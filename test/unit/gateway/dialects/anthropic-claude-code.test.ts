import { describe, expect, it } from 'vitest';
import { withoutBillingHeader } from '../../../../src/gateway/dialects/anthropic/billing-header.ts';
import type { JsonObject } from '../../../../src/gateway/json.ts';
import { exchangeFor } from './anthropic-support.ts';

const ephemeral = { type: 'ephemeral', ttl: '1h' };

/**
 * A request of Claude Code's, transcribed, not captured here: the fields of 2.1.165 as sironekotoro/github-actions-test
 * issue #161 lists them, the system prompt's beginning from ggml-org/llama.cpp pull request #20623, `user_id` and
 * `betas` from tingly-dev/tingly-box pull request #535 and maximhq/bifrost issue #3879.
 */
function claudeCodeRequest(said: string, header: string, answers: JsonObject[] = []): JsonObject {
  return {
    model: 'claude-opus-4-6',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: '<system-reminder>\n# claudeMd\nUse tabs.\n</system-reminder>\n' },
          { type: 'text', text: said, cache_control: ephemeral },
        ],
      },
      { role: 'system', content: [{ type: 'text', text: 'Plan mode is off.' }] },
      ...answers,
    ],
    system: [
      { type: 'text', text: header },
      {
        type: 'text',
        text: 'You are Claude Code, Anthropic’s official CLI for Claude.',
        cache_control: ephemeral,
      },
      { type: 'text', text: 'You are an interactive agent.\n\n# Tools\n…', cache_control: ephemeral },
    ],
    tools: [
      {
        name: 'Read',
        description: 'Reads a file from the local filesystem.',
        input_schema: {
          $schema: 'https://json-schema.org/draft/2020-12/schema',
          type: 'object',
          properties: { file_path: { type: 'string' } },
          required: ['file_path'],
          additionalProperties: false,
        },
        eager_input_streaming: true,
      },
      { type: 'web_search_20250305', name: 'web_search', max_uses: 8 },
    ],
    metadata: { user_id: '{"device_id":"d","account_uuid":"a","session_id":"s"}' },
    max_tokens: 32_000,
    thinking: { type: 'adaptive' },
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
    output_config: { effort: 'high' },
    betas: ['claude-code-20250219', 'mid-conversation-system-2026-04-07'],
    stream: true,
  };
}

const first = 'x-anthropic-billing-header: cc_version=2.1.165.0d9; cc_entrypoint=cli; cch=fa690;';
const second = 'x-anthropic-billing-header: cc_version=2.1.165.a51; cc_entrypoint=cli; cch=00c1e;';

describe('Claude Code', () => {
  it('is understood', () => {
    const { body, stream } = exchangeFor(claudeCodeRequest('hey', first));
    expect(stream).toBe(true);
    expect(body).toMatchObject({
      messages: [
        { role: 'system', content: expect.stringMatching(/^You are Claude Code/) },
        {
          role: 'user',
          content: expect.stringMatching(/Use tabs(?:.|\n)*hey\n<system-reminder>\nPlan mode is off\./),
        },
      ],
      tools: [{ type: 'function', function: { name: 'Read' } }],
      max_tokens: 32_000,
      chat_template_kwargs: { enable_thinking: true },
    });
    expect(Object.keys(body).sort()).toEqual([
      'chat_template_kwargs',
      'max_tokens',
      'messages',
      'stream_options',
      'tools',
    ]);
  });

  it('begins every conversation with the same words, so that the cache has them', () => {
    const { messages: [system] = [] } = chat(claudeCodeRequest('hey', first));
    const { messages: [again] = [] } = chat(claudeCodeRequest('other', second));
    expect(again).toEqual(system);
  });

  it('only adds to a conversation that goes on', () => {
    const answers = [
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 't', name: 'Read', input: { file_path: '/a' } }],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 't', content: '1→x', cache_control: ephemeral }],
      },
    ];
    const { messages: before } = chat(claudeCodeRequest('hey', first));
    const { messages: after } = chat(claudeCodeRequest('hey', second, answers));
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after).toHaveLength(before.length + 2);
  });
});

function chat(request: JsonObject): { messages: unknown[] } {
  const { messages } = exchangeFor(request).body;
  return { messages: Array.isArray(messages) ? messages : [] };
}

describe('the billing header', () => {
  it.each([
    [first, ''],
    [`${first}You are Claude Code; a=b; c.`, 'You are Claude Code; a=b; c.'],
    ['x-anthropic-billing-header: cc_version=2.1.220.7d1; cc_entrypoint=cli\nYou are', 'You are'],
    ['x-anthropic-billing-header: cc_version=test; cch=test;\n\nYou are', 'You are'],
    ['You are told x-anthropic-billing-header: a=b;', 'You are told x-anthropic-billing-header: a=b;'],
  ])('of %j is left out', (text, rest) => {
    expect(withoutBillingHeader(text)).toBe(rest);
  });
});
