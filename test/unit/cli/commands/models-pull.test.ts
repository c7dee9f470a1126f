import { chmodSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pullModel } from '../../../../src/cli/commands/models/pull.ts';
import { gibibyte } from '../../../../src/engine/sizing/memory.ts';
import { model, modelHash } from '../../models/download/support/fetching-inputs.ts';
import {
  applianceWithModels,
  call,
  downloads,
  fetchHalf,
  id,
  repository,
  sourceWord,
  surroundings,
  token,
} from './models-appliance.ts';

const file = `downloads/${id}.${modelHash.slice(0, 12)}.gguf`;

describe('onepilot models pull', () => {
  it('fetches a model from the mirror of the context, and says how to have it served', async () => {
    const { appliance } = await applianceWithModels();
    const { code, stdout, stderr } = await appliance.onepilot('models', 'pull', sourceWord);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`${id} is here: 1 MiB, SHA-256 ${modelHash}`);
    expect(stdout).toContain(`ONEAPP_COPILOT_AI_MODEL=${sourceWord}\n`);
    expect(existsSync(join(appliance.paths.models, file))).toBe(true);
    expect(existsSync(appliance.paths.lookAgain)).toBe(false);
  });

  it("leaves files that the engine's user may read, whatever the umask of the command", async () => {
    const { appliance } = await applianceWithModels();
    const umask = process.umask(0o077);
    try {
      await appliance.onepilot('models', 'pull', sourceWord);
      expect(process.umask()).toBe(0o077);
    } finally {
      process.umask(umask);
    }
    const modes = ['downloads', file].map(
      (name) => statSync(join(appliance.paths.models, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o755, 0o644]);
  });

  it('has the agent look again when the context was waiting for the model', async () => {
    const { appliance } = await applianceWithModels(`ONEAPP_COPILOT_COMPLETE_MODEL='${sourceWord}'`);
    const { stdout } = await appliance.onepilot('models', 'pull', sourceWord, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ id, wanted: true, sha256: modelHash, size: model.length });
    expect(existsSync(appliance.paths.lookAgain)).toBe(true);
  });

  it.each(['context', 'file', 'standard input'])(
    'opens a gated repository with the token of the %s',
    async (place) => {
      const context = place === 'context' ? `ONEAPP_COPILOT_MODEL_TOKEN='${token}'` : '';
      const { appliance, hub } = await applianceWithModels(context, true);
      appliance.put('/root/token', `${token}\n`);
      chmodSync(join(appliance.root, 'root/token'), 0o600);
      appliance.input = `${token}\n`;
      const options: Record<string, string[]> = {
        context: [],
        file: ['--token-file', join(appliance.root, 'root/token')],
        'standard input': ['--token-file', '-'],
      };
      const ended = await appliance.onepilot('models', 'pull', sourceWord, ...(options[place] ?? []));
      expect(ended.code).toBe(0);
      expect(hub.requests[0]?.headers.authorization).toBe(`Bearer ${token}`);
      expect(JSON.stringify([ended, appliance.said])).not.toContain(token);
    },
  );

  it('shows the token of the context to no mirror but that of the context', async () => {
    const { appliance } = await applianceWithModels(`ONEAPP_COPILOT_MODEL_TOKEN='${token}'`);
    const { hub: other } = await applianceWithModels();
    const { code } = await appliance.onepilot('models', 'pull', sourceWord, '--mirror', other.url);
    expect(code).toBe(0);
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('says what is missing where a repository is gated and there is no token', async () => {
    const { appliance } = await applianceWithModels('', true);
    const { code, stderr } = await appliance.onepilot('models', 'pull', sourceWord);
    expect([code, stderr]).toEqual([1, expect.stringContaining('ONEAPP_COPILOT_MODEL_TOKEN')]);
  });

  it.each([
    ['that others may read', `${token}\n`, 0o644],
    ['that holds more', `${token}\nand more`, 0o600],
    ['that is empty', '', 0o600],
  ])('takes no token from a file %s, and does not show it', async (_, content, mode) => {
    const { appliance, hub } = await applianceWithModels();
    appliance.put('/root/token', content);
    const path = join(appliance.root, 'root/token');
    chmodSync(path, mode);
    const ended = await appliance.onepilot('models', 'pull', sourceWord, '--token-file', path);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('COMMAND_TOKEN_FILE')]);
    expect(ended.stderr).not.toContain(token);
    expect(hub.requests).toEqual([]);
  });

  it('keeps what has arrived when it is interrupted, and goes on from there', async () => {
    const { appliance, hub } = await applianceWithModels();
    const controller = new AbortController();
    let releases = 0;
    const half = Math.floor(model.length / 2);
    hub.fault({ kind: 'stall', after: half });
    const world = { ...appliance.world, say: () => controller.abort(new Error('Ctrl-C')) };
    const interrupted = await pullModel(
      { ...call(appliance, [sourceWord]), world },
      surroundings({ onInterrupt: () => ({ signal: controller.signal, release: () => (releases += 1) }) }),
    );
    expect(interrupted).toMatchObject({ code: 1, json: { id, interrupted: true } });
    expect(interrupted.text).toContain('the same command goes on from there');
    expect([releases, downloads(appliance).some((name) => name.endsWith('.gguf'))]).toEqual([1, false]);
    expect(await appliance.onepilot('models', 'pull', sourceWord)).toMatchObject({ code: 0 });
  });

  it('fetches the rest alone where a part is here', async () => {
    const place = await applianceWithModels();
    await fetchHalf(place);
    const before = place.hub.bytesSent;
    await place.appliance.onepilot('models', 'pull', sourceWord);
    expect(place.hub.bytesSent - before).toBeLessThan(model.length * 0.6);
    expect(place.hub.requests.at(-1)?.headers.range).toMatch(/^bytes=[1-9]/);
  });

  it('warns before it fetches what the machine has no room for', async () => {
    const { appliance, hub } = await applianceWithModels();
    const small = { memory: 2 * gibibyte, cores: 2, numaNodes: 1, simd: 'AVX2' };
    let askedBefore: number | undefined;
    const world = {
      ...appliance.world,
      say: (line: string) => {
        if (line.startsWith('Warning: ')) askedBefore = hub.requests.length;
      },
    };
    const pulling = pullModel(
      { ...call(appliance, ['qwen3.5-9b']), world },
      surroundings({ engineMachine: async () => small }),
    );
    // This hub does not have it.
    await expect(pulling).rejects.toMatchObject({ code: 'MODEL_FETCH_NO_ACCESS' });
    expect([askedBefore, hub.requests.length]).toEqual([0, 1]);
  });

  it('warns when the file itself says that it does not fit', async () => {
    const { appliance } = await applianceWithModels();
    const tiny = { memory: 0.5 * gibibyte, cores: 2, numaNodes: 1, simd: 'AVX2' };
    const result = await pullModel(
      call(appliance, [sourceWord]),
      surroundings({ engineMachine: async () => tiny }),
    );
    expect(result).toMatchObject({ code: 0, json: { problems: [{ code: 'SIZING_MODEL_DOES_NOT_FIT' }] } });
  });

  it.each([
    [`hf:${repository}`, 2, 'SOURCE must be hf:owner/repository/file'],
    ['https://example.org/model.gguf', 2, 'SOURCE must end with #sha256='],
    ['disk:MODELS/model.gguf', 1, 'COMMAND_MODEL_ON_DISK'],
    ['onepilot-smoke', 1, 'COMMAND_MODEL_BAKED'],
    ['qwen3.5-9', 1, 'Did you mean qwen3.5-9b?'],
  ])('does not fetch %s', async (word, code, said) => {
    const { appliance, hub } = await applianceWithModels();
    const ended = await appliance.onepilot('models', 'pull', word);
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(said)]);
    expect(hub.requests).toEqual([]);
  });

  it('takes no mirror with a password in it, and does not show that', async () => {
    const { appliance } = await applianceWithModels();
    const mirror = 'https://ana:secret-word@hub.example.org';
    const { code, stderr } = await appliance.onepilot('models', 'pull', sourceWord, '--mirror', mirror);
    expect(code).toBe(2);
    expect(stderr).not.toContain('secret-word');
  });

  it('is for root', async () => {
    const { appliance } = await applianceWithModels();
    appliance.isRoot = false;
    expect(await appliance.onepilot('models', 'pull', sourceWord)).toMatchObject({ code: 4 });
  });
});
