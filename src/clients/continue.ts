import { keyVariable, type Target } from './client.ts';

/** What `~/.continue/config.yaml` holds (https://docs.continue.dev/reference). */
export function continueConfiguration({ url, models: { chat, complete, embed }, authority }: Target) {
  const shared = {
    apiBase: `${url}/v1`,
    apiKey: `\${{ secrets.${keyVariable} }}`,
    ...(authority !== undefined && { requestOptions: { caBundlePath: authority } }),
  };
  return {
    name: 'OnePilot',
    version: '1.0.0',
    schema: 'v1',
    models: [
      {
        name: chat.id,
        provider: 'openai',
        model: chat.id,
        ...shared,
        roles: ['chat', 'edit', 'apply'],
        capabilities: ['tool_use'],
        defaultCompletionOptions: { contextLength: chat.contextSize },
      },
      ...(complete
        ? [
            {
              name: `${complete.id} (completions)`,
              provider: 'mistral',
              model: complete.id,
              ...shared,
              roles: ['autocomplete'],
            },
          ]
        : []),
      ...(embed
        ? [
            {
              name: `${embed.id} (embeddings)`,
              provider: 'openai',
              model: embed.id,
              ...shared,
              roles: ['embed'],
            },
          ]
        : []),
    ],
  };
}
