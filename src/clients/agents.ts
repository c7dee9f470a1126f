import { type Client, json, keyVariable } from './client.ts';
import { trustByNode, trusting } from './trust.ts';

const run = { by: 'run', test: 'test/clients/conversation.test.ts' } as const;

/** Agents that work in a terminal. */
export const agents: readonly Client[] = [
  {
    name: 'opencode',
    title: 'opencode',
    about: 'an agent in the terminal',
    features: { chat: run, tools: { by: 'sdk', test: 'test/engine/ai-sdk.test.ts' } },
    firstPrompt: 16_600,
    tooLong: "This model's maximum context length is",
    setup: ({ url, models: { chat }, authority }) => ({
      trust: trustByNode,
      environment: trusting('NODE_EXTRA_CA_CERTS', authority),
      files: [
        {
          path: '~/.config/opencode/opencode.json',
          language: 'json',
          text: json({
            $schema: 'https://opencode.ai/config.json',
            model: `onepilot/${chat.id}`,
            small_model: `onepilot/${chat.id}`,
            provider: {
              onepilot: {
                npm: '@ai-sdk/openai-compatible',
                name: 'OnePilot',
                options: { baseURL: `${url}/v1`, apiKey: `{env:${keyVariable}}` },
                models: {
                  [chat.id]: {
                    name: chat.id,
                    limit: {
                      context: chat.contextSize,
                      output: Math.min(8192, Math.floor(chat.contextSize / 4)),
                    },
                  },
                },
              },
            },
          }),
        },
      ],
    }),
    notes: [
      'Each session asks twice at its beginning: once for a title, once for the answer.',
      'Where its own instructions alone do not fit into the context, opencode 1.18 summarises and tries again without end. End it with Ctrl-C.',
    ],
    sources: ['https://opencode.ai/docs/providers/', 'anomalyco/opencode packages/opencode/src/provider'],
  },
  {
    name: 'claude-code',
    title: 'Claude Code',
    about: "Anthropic's agent in the terminal",
    features: { chat: run, tools: { by: 'sdk', test: 'test/engine/anthropic.test.ts' } },
    firstPrompt: 26_800,
    tooLong: 'Prompt is too long',
    setup: ({ url, models: { chat }, authority }) => ({
      trust: trustByNode,
      environment: {
        ...trusting('NODE_EXTRA_CA_CERTS', authority),
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_AUTH_TOKEN: `$${keyVariable}`,
        ANTHROPIC_MODEL: chat.id,
        ANTHROPIC_DEFAULT_HAIKU_MODEL: chat.id,
        CLAUDE_CODE_MAX_CONTEXT_TOKENS: String(chat.contextSize),
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      },
    }),
    notes: [
      'Its address has no `/v1`. `ANTHROPIC_API_KEY` must not be set beside the token.',
      'It says that it does not recognise the model, which is true and does no harm: the variable for the context’s size tells it what it needs to know.',
    ],
    sources: [
      'https://code.claude.com/docs/en/llm-gateway-connect',
      'https://code.claude.com/docs/en/model-config',
      '@anthropic-ai/claude-code 2.1.330, its variables',
    ],
  },
  {
    name: 'codex',
    title: 'Codex CLI',
    about: "OpenAI's agent in the terminal",
    features: {
      chat: run,
      tools: { by: 'transcribed', test: 'test/unit/gateway/dialects/responses-request.test.ts' },
    },
    firstPrompt: 20_100,
    tooLong: "Codex ran out of room in the model's context window",
    setup: ({ url, models: { chat }, authority }) => ({
      trust: 'Codex reads the certificate from `CODEX_CA_CERTIFICATE`, or else from `SSL_CERT_FILE`.',
      environment: trusting('CODEX_CA_CERTIFICATE', authority),
      files: [
        {
          path: '~/.codex/config.toml',
          language: 'toml',
          text: [
            `model = ${JSON.stringify(chat.id)}`,
            'model_provider = "onepilot"',
            `model_context_window = ${chat.contextSize}`,
            '',
            '[model_providers.onepilot]',
            'name = "OnePilot"',
            `base_url = ${JSON.stringify(`${url}/v1`)}`,
            `env_key = "${keyVariable}"`,
            'wire_api = "responses"',
            '',
          ].join('\n'),
        },
      ],
    }),
    notes: [
      'It warns that it has no metadata for the model; the size of the context stands in the file for that reason.',
      'A wrong key it tries six times, about eight seconds, before it shows what the server said.',
    ],
    sources: ['openai/codex codex-rs/model-provider-info', 'openai/codex docs/config.md'],
  },
  {
    name: 'aider',
    title: 'aider',
    about: 'pair programming in the terminal',
    features: { chat: { by: 'documentation' } },
    setup: ({ url, models: { chat }, authority }) => ({
      trust:
        'Its HTTP client, httpx, reads the certificate from `SSL_CERT_FILE`, which replaces those it knows: set it for aider alone, not for the whole shell.',
      environment: {
        ...trusting('SSL_CERT_FILE', authority),
        OPENAI_API_BASE: `${url}/v1`,
        OPENAI_API_KEY: `$${keyVariable}`,
      },
      files: [
        {
          path: '~/.aider.conf.yml',
          language: 'yaml',
          text: `model: openai/${chat.id}\nweak-model: openai/${chat.id}\n`,
        },
        {
          path: '~/.aider.model.metadata.json',
          language: 'json',
          text: json({
            [`openai/${chat.id}`]: {
              max_input_tokens: chat.contextSize,
              max_output_tokens: Math.min(8192, Math.floor(chat.contextSize / 4)),
              input_cost_per_token: 0,
              output_cost_per_token: 0,
              litellm_provider: 'openai',
              mode: 'chat',
            },
          }),
        },
      ],
    }),
    notes: ['It gives up after 600 s without an answer: `--timeout 3600` gives a slow machine an hour.'],
    sources: [
      'https://aider.chat/docs/llms/openai-compat.html',
      'https://aider.chat/docs/config/adv-model-settings.html',
    ],
  },
];
