import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { GatewayConfiguration } from '../../../../src/gateway/configuration.ts';
import { authorization, configurationWith, testApp } from '../support.ts';

/* How clients that take this for an Ollama find its models. Transcribed from their sources, not captured. */

const models: GatewayConfiguration['models'] = [
  { id: 'coder', roles: ['chat'], contextSize: 16_384, architecture: 'qwen3' },
  { id: 'filler', roles: ['complete'], contextSize: 2048, architecture: 'qwen2' },
];
const configuration = configurationWith({ models, openMetadata: true });
const app = testApp({ configuration });

const get = async (url: string, headers: Record<string, string> = {}) =>
  (await app.inject({ url, headers })).json();
const show = async (body: object, headers: Record<string, string> = {}) => {
  const response = await app.inject({
    method: 'POST',
    url: '/api/show',
    headers,
    payload: JSON.stringify(body),
  });
  return response.json();
};

/** microsoft/vscode-copilot-chat, src/extension/byok/vscode-node/ollamaProvider.ts: none of it with a key. */
describe('Copilot', () => {
  it('takes the version', async () => {
    const { version } = await get('/api/version');
    const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
    expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(6004);
  });

  it('finds name, context and abilities of each model', async () => {
    const { models: listed } = await get('/api/tags');
    expect(listed.map(({ model }: { model: string }) => model)).toEqual(['coder', 'filler']);
    const info = await show({ model: 'coder' });
    const contextWindow =
      info.model_info[`${info.model_info['general.architecture']}.context_length`] ?? 4096;
    expect(contextWindow).toBe(16_384);
    expect(info.model_info['general.basename']).toBe('coder');
    expect(info.capabilities.includes('tools')).toBe(true);
    expect(info.capabilities.includes('vision')).toBe(false);
  });
});

/** RooCodeInc/Roo-Code, src/api/providers/fetchers/ollama.ts: with a key. */
describe('Roo Code', () => {
  const Details = z.object({
    family: z.string(),
    families: z.array(z.string()).nullable().optional(),
    format: z.string().optional(),
    parameter_size: z.string(),
    parent_model: z.string().optional(),
    quantization_level: z.string().optional(),
  });
  const Tags = z.object({
    models: z.array(
      z.object({
        details: Details,
        digest: z.string().optional(),
        model: z.string(),
        modified_at: z.string().optional(),
        name: z.string(),
        size: z.number().optional(),
      }),
    ),
  });
  const Info = z.object({
    modelfile: z.string().optional(),
    parameters: z.string().optional(),
    template: z.string().optional(),
    details: Details,
    model_info: z.record(z.string(), z.unknown()),
    capabilities: z.array(z.string()).optional(),
  });

  it('understands both answers, and keeps the models that can use tools', async () => {
    const { models: listed } = Tags.parse(await get('/api/tags', { authorization }));
    const infos = await Promise.all(
      listed.map(async ({ model }) => Info.parse(await show({ model }, { authorization }))),
    );
    const able = infos.filter(({ capabilities }) => capabilities?.includes('tools'));
    expect(able).toHaveLength(1);
    const contextKey = Object.keys(able[0]?.model_info ?? {}).find((name) => name.includes('context_length'));
    expect(able[0]?.model_info[contextKey ?? '']).toBe(16_384);
  });
});

/** zed-industries/zed, crates/ollama/src/ollama.rs. */
describe('Zed', () => {
  it('understands the list, in which nothing may be missing', async () => {
    const Listing = z.object({
      name: z.string(),
      modified_at: z.string(),
      size: z.int().min(0),
      digest: z.string(),
      details: z.object({
        format: z.string(),
        family: z.string(),
        families: z.array(z.string()).nullable(),
        parameter_size: z.string(),
        quantization_level: z.string(),
      }),
    });
    const { models: listed } = await get('/api/tags', { authorization });
    expect(z.array(Listing).parse(listed)).toHaveLength(2);
    expect((await show({ model: 'coder' }, { authorization })).capabilities).toContain('tools');
  });
});
