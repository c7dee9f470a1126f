import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEngine } from './support/llama-server.ts';

describe('startEngine', () => {
  it('serves both models by name and leaves nothing behind', async () => {
    const engine = await startEngine();
    try {
      for (const model of ['onepilot-smoke', 'onepilot-random']) {
        const { status } = await engine.call('/v1/completions', { model, prompt: 'a', max_tokens: 1 });
        expect(status).toBe(200);
      }
      expect((await engine.call('/v1/completions', { model: 'unknown', prompt: 'a' })).status).toBe(400);
    } finally {
      await engine.stop();
    }
    expect(existsSync(engine.directory)).toBe(false);
    await expect(engine.call('/health')).rejects.toThrow('ENOENT');
  });

  it('says why a model does not load', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'onepilot-broken-'));
    try {
      const model = join(directory, 'broken.gguf');
      await writeFile(model, 'GGUF and no more');
      await expect(startEngine({ models: { broken: { model } } })).rejects.toThrow('did not load: broken');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
