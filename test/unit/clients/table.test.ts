import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkout } from '../../../src/builder/places.ts';
import { keyPlaceholder, keyVariable, type Target } from '../../../src/clients/client.ts';
import { guideBlocks } from '../../../src/clients/guide.ts';
import { clientCalled, clients } from '../../../src/clients/table.ts';

const chat = { id: 'big-one', contextSize: 16_384 };
const target: Target = {
  url: 'https://10.0.0.5',
  models: {
    chat,
    complete: { id: 'quick-one', contextSize: 4096 },
    embed: { id: 'near-one', contextSize: 512 },
  },
  authority: '/home/ana/ca.crt',
};
const bare: Target = { ...target, models: { chat } };

describe.each(clients.map((client) => [client.name, client] as const))('%s', (name, client) => {
  const everything = (wanted: Target) =>
    guideBlocks(client, wanted)
      .map(({ text }) => text)
      .join('\n');

  it('is shown with this VM’s address, model and certificate', () => {
    const text = everything(target);
    expect(text).toContain('10.0.0.5');
    expect(text).toContain('/home/ana/ca.crt');
    if (name !== 'open-webui') expect(text).toContain(chat.id);
    expect(everything(bare)).not.toMatch(/quick-one|near-one|undefined/);
  });

  it('is told of no certificate where programs trust the VM already', () => {
    const text = everything({ ...target, authority: undefined });
    expect(text).toContain('programs trust the certificate of https://10.0.0.5 already');
    expect(text).not.toMatch(/ca\.crt|CA_CERT|CERT_FILE|CA_BUNDLE|caBundle|self_signed|undefined/i);
  });

  it('is told whose certificate must be trusted where that is another CA’s', () => {
    const text = guideBlocks(client, target, { otherIssuer: 'Company CA' })
      .map((block) => block.text)
      .join('\n');
    expect(text).toContain('issued by Company CA');
    expect(text).toContain(client.setup(target).trust);
    expect(text).not.toContain('--insecure');
  });

  it('gets completions and embeddings where it can have them and the VM has models for them', () => {
    // llama.vscode names no model for them: the role decides.
    const [complete, embed] =
      name === 'llama-vscode' ? ['endpoint"', 'endpoint_embeddings'] : ['quick-one', 'near-one'];
    const { autocomplete, embeddings } = client.features;
    expect(everything(target).includes(complete)).toBe(autocomplete !== undefined);
    expect(everything(target).includes(embed)).toBe(embeddings !== undefined);
    for (const text of [complete, embed]) expect(everything(bare)).not.toContain(text);
  });

  it('is told how to have a key, and shown none', () => {
    const text = everything(target);
    expect(text).toMatch(new RegExp(`${keyVariable}|${keyPlaceholder}|onepilot key`));
    expect(text).not.toMatch(/sk-[\w-]{8}/);
  });

  it('has files that can be parsed', () => {
    for (const { language, text } of client.setup(target).files ?? []) {
      if (language === 'json') JSON.parse(text);
      if (language === 'yaml') parse(text);
    }
  });

  it('was tested by the tests that it names', async () => {
    for (const { by, test } of Object.values(client.features)) {
      expect(test === undefined).toBe(by === 'documentation');
      if (test === undefined) continue;
      const text = await readFile(join(checkout, test), 'utf8');
      if (by === 'transcribed') expect(text).toMatch(new RegExp(name.replaceAll('-', '.'), 'i'));
    }
  });
});

it('every client has a name of its own', () => {
  expect(new Set(clients.map(({ name }) => name)).size).toBe(clients.length);
});

it('a client whose own instructions hardly fit is said to need more room', () => {
  const text = (contextSize: number) =>
    guideBlocks(clientCalled('opencode'), { ...target, models: { chat: { ...chat, contextSize } } })
      .map((block) => block.text)
      .join('\n');
  expect(text(16_384)).toContain('ONEAPP_COPILOT_CONTEXT_SIZE');
  expect(text(32_768)).not.toContain('ONEAPP_COPILOT_CONTEXT_SIZE');
});

it('a client that nobody knows is answered with those that are', () => {
  expect(() => clientCalled('openkode')).toThrow(
    expect.objectContaining({ code: 'COMMAND_NO_CLIENT', fix: expect.stringMatching(/opencode\?.*aider/) }),
  );
});
