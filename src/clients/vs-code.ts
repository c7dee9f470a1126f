import { type Client, json, keyPlaceholder, keyVariable } from './client.ts';
import { trustByVsCode, trusting } from './trust.ts';

const aiSdk = { by: 'sdk', test: 'test/engine/ai-sdk.test.ts' } as const;
const openaiSdk = { by: 'sdk', test: 'test/engine/gateway.test.ts' } as const;
const ollama = { by: 'transcribed', test: 'test/unit/gateway/clients/ollama-discovery.test.ts' } as const;

/** Extensions of VS Code that talk and act. */
export const vsCode: readonly Client[] = [
  {
    name: 'cline',
    title: 'Cline',
    about: 'an agent in VS Code',
    features: { chat: aiSdk, tools: aiSdk },
    setup: ({ url, models: { chat }, authority }) => ({
      trust: trustByVsCode,
      environment: trusting('NODE_EXTRA_CA_CERTS', authority),
      steps: [
        'In Cline’s settings choose the API provider «OpenAI Compatible».',
        `Base URL \`${url}/v1\`, API key from \`onepilot key\`, model ID \`${chat.id}\`.`,
        `Under «Model Configuration» set the context window size to ${chat.contextSize}: unless told, Cline takes it for 128,000.`,
      ],
    }),
    notes: ['Its own list of models shows what the VM has.'],
    sources: [
      'cline/cline sdk/packages/llms/src/providers/vendors/openai-compatible',
      'https://docs.cline.bot/provider-config/openai-compatible',
    ],
  },
  {
    name: 'roo-code',
    title: 'Roo Code',
    about: 'an agent in VS Code',
    features: { chat: openaiSdk, tools: openaiSdk, embeddings: { by: 'documentation' } },
    setup: ({ url, models: { chat, embed }, authority }) => ({
      trust: trustByVsCode,
      environment: trusting('NODE_EXTRA_CA_CERTS', authority),
      steps: [
        'In Roo Code’s settings, «Providers», choose «OpenAI Compatible».',
        `Base URL \`${url}/v1\`, API key from \`onepilot key\`, model \`${chat.id}\`.`,
        `Under «Model Configuration» set the context window size to ${chat.contextSize}.`,
        ...(embed
          ? [
              `For codebase indexing: embedder «OpenAI Compatible», base URL \`${url}/v1\`, the same key, model \`${embed.id}\`.`,
            ]
          : []),
      ],
    }),
    notes: [
      'It waits 600 s for an answer; `roo-cline.apiRequestTimeout` in VS Code’s settings goes up to 3600. The gateway’s heartbeats keep the connection itself alive.',
    ],
    sources: [
      'RooCodeInc/Roo-Code src/api/providers/openai.ts',
      'https://docs.roocode.com/providers/openai-compatible',
    ],
  },
  {
    name: 'copilot',
    title: 'VS Code Copilot (BYOK)',
    about: 'the chat of VS Code with a key of your own',
    features: { chat: ollama, tools: { by: 'documentation' } },
    setup: ({ url, models: { chat }, authority }) => {
      const maxOutputTokens = Math.min(8192, Math.floor(chat.contextSize / 4));
      return {
        trust: trustByVsCode,
        environment: trusting('NODE_EXTRA_CA_CERTS', authority),
        steps: [
          'Run «Chat: Manage Language Models», «Add Models», «Custom Endpoint»; give a name, the key from `onepilot key` and the API type «Chat Completions». VS Code 1.122 or later.',
          'The gear beside the new provider opens `chatLanguageModels.json`. Leave `apiKey` as VS Code wrote it; what else belongs in the entry is this:',
        ],
        files: [
          {
            path: 'chatLanguageModels.json',
            language: 'json',
            text: json([
              {
                name: 'OnePilot',
                vendor: 'customendpoint',
                apiType: 'chat-completions',
                models: [
                  {
                    id: chat.id,
                    name: chat.id,
                    url: `${url}/v1/chat/completions`,
                    toolCalling: true,
                    vision: false,
                    maxInputTokens: chat.contextSize - maxOutputTokens,
                    maxOutputTokens,
                  },
                ],
              },
            ]),
          },
        ],
      };
    },
    notes: [
      'Its Ollama provider works too, with `github.copilot.chat.byok.ollamaEndpoint`; it asks for the models without a key, which ONEAPP_COPILOT_OPEN_METADATA must allow.',
      'Inline completions stay with GitHub: BYOK is for the chat.',
    ],
    sources: [
      'microsoft/vscode-copilot-chat src/extension/byok/vscode-node/customEndpointProvider.ts',
      'https://github.com/microsoft/vscode/issues/316916',
      'https://code.visualstudio.com/docs/agent-customization/language-models',
    ],
  },
  {
    name: 'llama-vscode',
    title: 'llama.vscode',
    about: 'completions, chat and an agent in VS Code, by the makers of llama.cpp',
    features: {
      chat: { by: 'documentation' },
      autocomplete: { by: 'transcribed', test: 'test/unit/gateway/clients/llama-editors.test.ts' },
      embeddings: { by: 'documentation' },
    },
    setup: ({ url, models: { chat, complete, embed }, authority }) => ({
      trust:
        '`llama-vscode.self_signed_certificate` holds for completions; chat and embeddings need `NODE_EXTRA_CA_CERTS`, or the certificate in the operating system.',
      environment: trusting('NODE_EXTRA_CA_CERTS', authority),
      files: [
        {
          path: 'settings.json',
          language: 'json',
          text: json({
            ...(complete && { 'llama-vscode.endpoint': url, 'llama-vscode.api_key': keyPlaceholder }),
            'llama-vscode.endpoint_chat': url,
            'llama-vscode.api_key_chat': keyPlaceholder,
            'llama-vscode.endpoint_tools': url,
            'llama-vscode.api_key_tools': keyPlaceholder,
            'llama-vscode.ai_model': chat.id,
            ...(embed && {
              'llama-vscode.endpoint_embeddings': url,
              'llama-vscode.api_key_embeddings': keyPlaceholder,
            }),
            'llama-vscode.self_signed_certificate': authority,
          }),
        },
      ],
    }),
    notes: [
      'Its addresses have no `/v1`.',
      'The settings hold the key in the clear: use user settings, never those of a project.',
    ],
    sources: ['ggml-org/llama.vscode package.json', 'ggml-org/llama.vscode src/configuration.ts'],
  },
  {
    name: 'twinny',
    title: 'Twinny',
    about: 'completions and chat in VS Code',
    features: {
      chat: { by: 'documentation' },
      autocomplete: { by: 'transcribed', test: 'test/unit/gateway/clients/twinny.test.ts' },
    },
    setup: ({ url, models: { chat, complete }, authority }) => {
      const { hostname, port } = new URL(url);
      const server = `protocol \`https\`, hostname \`${hostname}\`, port \`${port || 443}\``;
      return {
        trust: trustByVsCode,
        environment: trusting('NODE_EXTRA_CA_CERTS', authority),
        steps: [
          'Twinny’s side bar, «Providers», «Add provider»; the key is the one from `onepilot key`.',
          `Chat: type «chat», provider «openai-compatible», ${server}, path \`/v1\`, model \`${chat.id}\`.`,
          ...(complete
            ? [
                `Completions: type «fim», provider «ollama», ${server}, path \`/api/generate\`, model \`${complete.id}\`, FIM template as the model was trained (for Qwen «codeqwen»).`,
              ]
            : []),
        ],
      };
    },
    notes: [
      'Twinny makes the prompt for completions itself: the template must be that of the model.',
      `The variable ${keyVariable} is of no use to it: it keeps its keys itself.`,
    ],
    sources: [
      'twinnydotdev/twinny docs/providers.md',
      'twinnydotdev/twinny src/extension/inference/adapters',
    ],
  },
];
