import { type Client, keyPlaceholder, keyVariable, type Setup, type Target } from './client.ts';

/** A part of a guide: something to read, or something to copy. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly language: string; readonly text: string; readonly file?: string };

export interface GuideOptions {
  /** SHA-256 of the own CA's certificate; where to find it is said instead when it is not known. */
  readonly fingerprint?: string | undefined;
  /** Who issued the VM's certificate, where that is neither its own CA nor one that programs trust already. */
  readonly otherIssuer?: string | undefined;
}

/** How to connect `client` to `target`, in the order in which it is done. Holds no key. Pure. */
export function guideBlocks(client: Client, target: Target, options: GuideOptions = {}): Block[] {
  const setup = client.setup(target);
  return [
    ...certificateBlocks(setup, target, options),
    ...environmentBlocks(setup),
    ...stepBlocks(setup),
    ...(setup.files ?? []).map(({ path, language, text }) => ({
      kind: 'code' as const,
      language,
      text,
      file: path,
    })),
    ...noteBlocks(client, target),
  ];
}

function certificateBlocks(
  { trust }: Setup,
  { url, authority }: Target,
  { fingerprint, otherIssuer }: GuideOptions,
): Block[] {
  const heading: Block = { kind: 'heading', text: 'Certificate' };
  if (authority === undefined) return [heading, { kind: 'text', text: trustedAlready(url) }];
  if (otherIssuer !== undefined) {
    const text = `The VM's certificate was issued by ${otherIssuer}, which programs do not trust by themselves. If this machine does not trust that CA already, have its certificate from whoever runs it.`;
    return [heading, { kind: 'text', text }, { kind: 'text', text: trust }];
  }
  const expected = fingerprint ?? 'what `onepilot report` says on the VM (`ca_sha256`)';
  return [
    heading,
    {
      kind: 'text',
      text: `Fetch the certificate of the VM's CA once, and compare its fingerprint with ${expected}.`,
    },
    {
      kind: 'code',
      language: 'sh',
      text: [
        `curl --insecure --output '${authority}' '${url}/ca.crt'`,
        `openssl x509 -in '${authority}' -noout -fingerprint -sha256`,
        '',
      ].join('\n'),
    },
    { kind: 'text', text: trust },
  ];
}

/** What is said in place of how to trust the CA. */
function trustedAlready(url: string): string {
  return `Nothing is to be done: programs trust the certificate of ${url} already. At its other addresses the VM shows one of its own CA, which they do not trust.`;
}

function environmentBlocks(setup: Setup): Block[] {
  const { environment = {}, files = [] } = setup;
  const values = [...Object.values(environment), ...files.map(({ text }) => text)];
  const usesKey = values.some((value) => value.includes(keyVariable));
  const variables = Object.entries({ ...(usesKey && { [keyVariable]: keyPlaceholder }), ...environment });
  if (variables.length === 0) return [];
  return [
    { kind: 'heading', text: 'Environment' },
    ...(usesKey
      ? [
          {
            kind: 'text' as const,
            text: `The key is what \`onepilot key\` shows on the VM as root, or one that was made for you with \`onepilot keys add\`. It goes where ${keyPlaceholder} stands, into no project.`,
          },
        ]
      : []),
    {
      kind: 'code',
      language: 'sh',
      text: variables.map(([name, value]) => `export ${name}="${value}"\n`).join(''),
    },
  ];
}

function stepBlocks({ steps = [], files = [] }: Setup): Block[] {
  if (steps.length === 0 && files.length === 0) return [];
  return [
    { kind: 'heading', text: 'Configuration' },
    ...steps.map((text) => ({ kind: 'text' as const, text })),
  ];
}

function noteBlocks(client: Client, { models: { chat } }: Target): Block[] {
  const { firstPrompt, notes, title, tooLong } = client;
  const tight =
    firstPrompt !== undefined && chat.contextSize < firstPrompt
      ? [
          `${title} sends about ${firstPrompt} tokens before the first question (counted with the smoke model, whose tokens are short), and ${chat.id} has room for ${chat.contextSize}: it may not fit. ONEAPP_COPILOT_CONTEXT_SIZE makes room.`,
        ]
      : [];
  const overflow =
    tooLong === undefined ? [] : [`Where a prompt does not fit into the context, it shows «${tooLong}…».`];
  const all = [...tight, ...notes, ...overflow];
  if (all.length === 0) return [];
  return [{ kind: 'heading', text: 'Good to know' }, ...all.map((text) => ({ kind: 'text' as const, text }))];
}
