import { stringify } from 'yaml';
import { type Client, json, keyPlaceholder, keyVariable } from './client.ts';
import { continueConfiguration } from './continue.ts';
import { trustBySystem, trusting } from './trust.ts';

const editorsOfLlama = {
  by: 'transcribed',
  test: 'test/unit/gateway/clients/llama-editors.test.ts',
} as const;
const openaiSdk = { by: 'sdk', test: 'test/engine/gateway.test.ts' } as const;

/** Editors, what plugs into several of them, and the one that is a web page. */
export const editors: readonly Client[] = [
  {
    name: 'continue',
    title: 'Continue',
    about: 'chat, agent and completions in VS Code and JetBrains, and the agent cn in the terminal',
    features: {
      chat: { by: 'run', test: 'test/clients/conversation.test.ts' },
      tools: openaiSdk,
      autocomplete: { by: 'transcribed', test: 'test/unit/gateway/clients/continue.test.ts' },
      embeddings: { by: 'sdk', test: 'test/engine/embeddings.test.ts' },
    },
    firstPrompt: 2_900,
    tooLong: "This model's maximum context length is",
    setup: (target) => ({
      trust: 'Each model of its file names the certificate (`caBundlePath`).',
      files: [
        { path: '~/.continue/config.yaml', language: 'yaml', text: stringify(continueConfiguration(target)) },
        { path: '~/.continue/.env', language: 'sh', text: `${keyVariable}=${keyPlaceholder}\n` },
      ],
    }),
    notes: [
      'Completions go through the provider «mistral», whose requests leave the prompt’s template to the server: with «openai» Continue guesses it from the model’s name.',
      'The agent `cn` takes the key from the environment too.',
    ],
    sources: [
      'https://docs.continue.dev/reference',
      'continuedev/continue core/llm/llms/{OpenAI,Mistral}.ts',
      'continuedev/continue packages/fetch/src',
    ],
  },
  {
    name: 'zed',
    title: 'Zed',
    about: 'an editor with chat, agent and completions',
    features: {
      chat: { by: 'transcribed', test: 'test/unit/gateway/clients/zed.test.ts' },
      tools: { by: 'transcribed', test: 'test/unit/gateway/clients/zed.test.ts' },
      autocomplete: { by: 'documentation' },
    },
    setup: ({ url, models: { chat, complete } }) => ({
      trust: trustBySystem,
      environment: {
        ONEPILOT_API_KEY: `$${keyVariable}`,
        ...(complete && { ZED_OPEN_AI_COMPATIBLE_EDIT_PREDICTION_API_KEY: `$${keyVariable}` }),
      },
      files: [
        {
          path: '~/.config/zed/settings.json',
          language: 'json',
          text: json({
            language_models: {
              openai_compatible: {
                onepilot: {
                  api_url: `${url}/v1`,
                  available_models: [
                    {
                      name: chat.id,
                      display_name: chat.id,
                      max_tokens: chat.contextSize,
                      max_output_tokens: Math.min(8192, Math.floor(chat.contextSize / 4)),
                      capabilities: {
                        tools: true,
                        images: false,
                        parallel_tool_calls: false,
                        prompt_cache_key: false,
                      },
                    },
                  ],
                },
              },
            },
            agent: { default_model: { provider: 'onepilot', model: chat.id } },
            ...(complete && {
              edit_predictions: {
                provider: 'open_ai_compatible_api',
                open_ai_compatible_api: {
                  api_url: `${url}/v1/completions`,
                  model: complete.id,
                  prompt_format: 'qwen',
                  max_output_tokens: 128,
                },
              },
            }),
          }),
        },
      ],
    }),
    notes: [
      'Instead of setting the variable, enter the key under «agent: open settings», «LLM Providers».',
      'Zed makes the prompt for completions itself: `prompt_format` must be that of the model.',
    ],
    sources: [
      'https://zed.dev/docs/ai/use-api-access',
      'https://zed.dev/docs/ai/edit-prediction',
      'zed-industries/zed crates/edit_prediction/src/open_ai_compatible.rs',
    ],
  },
  {
    name: 'jetbrains',
    title: 'JetBrains AI Assistant and Junie',
    about: 'chat and agent in the JetBrains IDEs',
    features: { chat: { by: 'documentation' }, tools: { by: 'documentation' } },
    setup: ({ url, models: { chat } }) => ({
      trust:
        'The IDE: add the certificate under «Settings | Tools | Server Certificates». Junie in the terminal asks the operating system: install it there, as docs/trust.md says.',
      steps: [
        'AI Assistant: «Settings | Tools | AI Assistant | Providers & API keys», provider «OpenAI-compatible».',
        `URL \`${url}/v1\`, API key from \`onepilot key\`, model \`${chat.id}\`; «Test Connection».`,
        'Junie in the terminal reads the file below; its address is the whole endpoint.',
      ],
      files: [
        {
          path: '~/.junie/models/onepilot.json',
          language: 'json',
          text: json({
            id: chat.id,
            baseUrl: `${url}/v1/chat/completions`,
            apiType: 'OpenAICompletion',
            apiKey: `\${${keyVariable}}`,
            fasterModel: { id: chat.id },
          }),
        },
      ],
    }),
    notes: ['Closed source: nothing of it could be checked here but its documentation.'],
    sources: [
      'https://www.jetbrains.com/help/ai-assistant/use-custom-models.html',
      'https://coder.com/docs/ai-coder/ai-gateway/clients/junie',
    ],
  },
  {
    name: 'llama-vim',
    title: 'llama.vim',
    about: 'completions and edits in Vim and Neovim, by the makers of llama.cpp',
    features: { chat: { by: 'documentation' }, autocomplete: editorsOfLlama },
    setup: ({ url, models: { chat, complete }, authority }) => ({
      trust:
        'It calls curl, which reads the certificate from `CURL_CA_BUNDLE` in place of those it knows: set it for the editor alone.',
      environment: trusting('CURL_CA_BUNDLE', authority),
      files: [
        {
          path: '~/.vimrc',
          language: 'vim',
          text: [
            'let g:llama_config = {}',
            ...(complete
              ? [
                  `let g:llama_config.endpoint_fim = '${url}/infill'`,
                  `let g:llama_config.model_fim = '${complete.id}'`,
                ]
              : []),
            `let g:llama_config.endpoint_inst = '${url}/v1/chat/completions'`,
            `let g:llama_config.model_inst = '${chat.id}'`,
            `let g:llama_config.api_key = $${keyVariable}`,
            '',
          ].join('\n'),
        },
      ],
    }),
    notes: [],
    sources: ['ggml-org/llama.vim autoload/llama.vim'],
  },
  {
    name: 'open-webui',
    title: 'Open WebUI',
    about: 'chat in the browser for a team',
    features: { chat: { by: 'documentation' }, embeddings: { by: 'documentation' } },
    setup: ({ url, models: { embed }, authority }) => ({
      trust:
        'Its server is Python: mount the certificate into its container. `SSL_CERT_FILE` must name a file there that has it, and those of the system if it is to reach others.',
      environment: {
        OPENAI_API_BASE_URL: `${url}/v1`,
        OPENAI_API_KEY: `$${keyVariable}`,
        ...trusting('SSL_CERT_FILE', authority),
        ENABLE_OLLAMA_API: 'false',
        ...(embed && {
          RAG_EMBEDDING_ENGINE: 'openai',
          RAG_EMBEDDING_MODEL: embed.id,
          RAG_OPENAI_API_BASE_URL: `${url}/v1`,
          RAG_OPENAI_API_KEY: `$${keyVariable}`,
        }),
      },
      steps: ['Set these variables for its container.'],
    }),
    notes: [
      'It asks for titles and tags beside each conversation: «Admin Settings | Interface» turns that off, which a slow machine thanks.',
      'Give it a key of its own: everybody who uses it shares that key’s limits and its place in the queue.',
    ],
    sources: ['https://docs.openwebui.com/getting-started/env-configuration/'],
  },
];
