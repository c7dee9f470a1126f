import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { diskMebibytes } from '../../../src/builder/disk-size.ts';
import { ownCatalogue } from '../../../src/builder/profiles.ts';
import { modelChoice } from '../../../src/context/kinds/model-choice.ts';
import { engineArchitectures } from '../../../src/engine/architectures.ts';
import { OnePilotError } from '../../../src/errors/catalogue.ts';
import { catalogueEntry, profilesOf } from '../../../src/models/catalogue/find.ts';
import { parseCatalogue, readCatalogue } from '../../../src/models/catalogue/parse.ts';
import { freeLicences } from '../../../src/models/catalogue/schema.ts';
import { countParameters } from '../../../src/models/catalogue/shape.ts';

const catalogue = await readCatalogue(ownCatalogue);
const text = await readFile(ownCatalogue, 'utf8');

/** What is wrong with the catalogue after one change in its text. */
function problemsAfter(before: string | RegExp, after: string): string {
  const changed = text.replace(before, after);
  expect(changed).not.toBe(text);
  try {
    parseCatalogue(changed, 'some.yaml');
  } catch (error) {
    if (error instanceof OnePilotError) return error.message;
    throw error;
  }
  return 'nothing';
}

describe('the catalogue', () => {
  it('names only architectures that the pinned engine has', () => {
    const unknown = catalogue.models.filter((model) => !engineArchitectures.has(model.engineArchitecture));
    expect(unknown.map(({ id }) => id)).toEqual([]);
  });

  it.each(catalogue.models.filter(({ shape }) => shape !== null).map((model) => [model.id, model] as const))(
    'has sizes of %s that add up to the parameters its maker counts',
    (_, { shape, parameters }) => {
      if (!shape) throw new Error('no shape');
      const counted = countParameters(shape);
      expect(Math.abs(counted.all / parameters.all - 1)).toBeLessThan(0.02);
      // Makers differ in whether they count the embedding, which is looked up and not multiplied with.
      const embedding = shape.tied ? 0 : shape.vocabulary * shape.width;
      expect(counted.active).toBeLessThan(parameters.active * 1.2);
      expect(counted.active + embedding).toBeGreaterThan(parameters.active * 0.97);
    },
  );

  it.each(catalogue.models.filter(({ shape }) => shape !== null).map((model) => [model.id, model] as const))(
    'has blocks of %s that are of one kind each',
    (_, { shape, kind }) => {
      const attention = shape?.attention.reduce((sum, { blocks }) => sum + blocks, 0) ?? 0;
      expect(attention + (shape?.deltaNet?.blocks ?? 0)).toBe(shape?.blocks);
      expect(kind.includes('hybrid')).toBe(shape?.deltaNet !== undefined);
      expect(kind.includes('experts')).toBe(shape?.experts !== undefined);
    },
  );

  it('estimates facts of a hybrid from its published sizes', () => {
    expect(catalogueEntry(catalogue, 'qwen3.5-4b')?.model.facts).toMatchObject({
      architecture: 'qwen35',
      fileSize: 2_740_937_888,
      weights: 2_740_937_888,
      activeWeights: 2_740_937_888,
      attention: [{ blocks: 8, keys: 1024, values: 1024 }],
      // 3 x (32 + 2 x 16) x 128 of the convolution and 32 heads of 128 x 128.
      recurrent: { blocks: 24, state: 24_576 + 524_288 },
      hasChatTemplate: true,
    });
  });

  it('counts only the experts that work for a token as read for it', () => {
    const facts = catalogueEntry(catalogue, 'mellum2-12b-instruct')?.model.facts;
    expect(facts?.experts).toEqual({ all: 64, used: 8, feedForward: 896 });
    expect(facts?.activeWeights).toBeLessThan(8_071_293_600 / 5);
    expect(facts?.attention).toContainEqual({ blocks: 21, keys: 512, values: 512, window: 1024 });
  });

  it('puts a published hash into the source, and leaves it out where the hub is asked', () => {
    expect(catalogueEntry(catalogue, 'qwen3.5-4b')?.model.source).toMatchObject({
      kind: 'hub',
      owner: 'unsloth',
      sha256: '00fe7986ff5f6b463e62455821146049db6f9313603938a70800d1fb69ef11a4',
    });
    expect(catalogueEntry(catalogue, 'devstral-small-2')?.model.source).not.toHaveProperty('sha256');
  });

  it('finds every model of EuroCopilot, and says what takes the place of those that are gone', () => {
    const variable = modelChoice({
      none: false,
      name: 'ONEAPP_COPILOT_AI_MODEL',
      help: '',
      example: '',
      group: 'Model',
      since: '0',
    });
    const names = [
      'Devstral Small 2 (24B)',
      'Mistral Small Instruct',
      'Mistral Nemo Instruct',
      'Mistral 7B Instruct',
    ];
    const found = names.map((name) => {
      const read = variable.read(name);
      const choice = 'value' in read ? read.value : undefined;
      return catalogueEntry(catalogue, choice?.kind === 'name' ? choice.name : '');
    });
    expect(found.map((entry) => entry?.model.id)).toEqual([
      'devstral-small-2',
      'devstral-small-2',
      'mellum2-12b-instruct',
      'qwen3.5-4b',
    ]);
    expect(found.map((entry) => entry?.retired?.name)).toEqual([
      undefined,
      'mistral-small-instruct',
      'mistral-nemo-instruct',
      'mistral-7b-instruct',
    ]);
    expect(catalogueEntry(catalogue, 'gpt-5')).toBeUndefined();
  });
});

describe('profiles', () => {
  const profiles = profilesOf(catalogue);

  it('exist for 8, 16, 32 and 64 GB, in this order', () => {
    expect(profiles.map(({ name }) => name)).toEqual(['8gb', '16gb', '32gb', '64gb']);
  });

  it.each(profiles.map((profile) => [profile.name, profile] as const))(
    'offer in %s every role with a pinned model that anybody may sell',
    (_, { models }) => {
      for (const role of ['chat', 'complete', 'embed'] as const) {
        const model = catalogueEntry(catalogue, models[role] ?? '')?.model;
        expect(model?.roles).toContain(role);
        expect(model?.pin).toBe('published');
        expect(freeLicences.has(model?.licence.spdx ?? '')).toBe(true);
      }
    },
  );

  it.each(profiles.map((profile) => [profile.name, profile] as const))(
    'ask in %s for a disk that holds the image and another model for chat, and memory above the files',
    (_, { models, vm }) => {
      const sizes = Object.values(models).map((id) => catalogueEntry(catalogue, id)?.model.size.bytes ?? 0);
      const all = sizes.reduce((sum, size) => sum + size, 0);
      const second = Math.max(...sizes);
      expect(diskMebibytes(all) * 1024 ** 2 + second).toBeLessThan(vm.disk * 1024 ** 3);
      expect(all).toBeLessThan(vm.memory * 1024 ** 3 * 0.85);
    },
  );
});

describe('a wrong catalogue', () => {
  it('is refused with every problem at once, each with its line and its place', () => {
    const changed = text
      .replace(
        'temperature: 0.7, topP: 0.8, topK: 20, repeatPenalty',
        'temperature: 7, topP: 0.8, topK: 20, repeatPenalty',
      )
      .replace('hf:unsloth/Qwen3.5-9B-GGUF', 'hub:unsloth/Qwen3.5-9B-GGUF')
      .replace('  - id: gpt-oss-20b', '  - id: GPT');
    const lineOf = (part: string) => changed.slice(0, changed.indexOf(part)).split('\n').length;
    expect(() => parseCatalogue(changed, 'some.yaml')).toThrow(
      expect.objectContaining({
        code: 'CATALOGUE_WRONG',
        message: expect.stringMatching(
          new RegExp(
            [
              'some\\.yaml is wrong:',
              `line ${lineOf('hub:unsloth')}: models\\[1\\]\\.source: must begin with hf:.*`,
              `line ${lineOf('GPT')}: models\\[7\\]\\.id: must be small letters.*`,
              `line ${lineOf('temperature: 7')}: models\\[8\\]\\.sampling\\.direct\\.temperature: .*`,
            ].join('\\n\\s+'),
          ),
        ),
      }),
    );
  });

  it.each([
    ['a name twice', '  - id: qwen3.5-9b', '  - id: qwen3.5-4b', 'must be another name: «qwen3.5-4b» stands'],
    ['a replacement that is not there', 'replacement: devstral-small-2', 'replacement: x', 'there is no «x»'],
    [
      'a model of another role',
      'chat: qwen3.5-4b,',
      'chat: qwen3-embedding-0.6b,',
      'must be a model for chat',
    ],
    [
      'a pin without a hash',
      /sha256: 00fe\w+/,
      'sha256: null',
      'models[0].pin: must be «published» with a sha256',
    ],
    ['a field that nobody reads', 'title: Qwen3.5 4B', 'titel: x\n    title: x', 'Unrecognized key: "titel"'],
    ['no YAML', 'models:', 'models: [', 'line '],
    [
      'a default with a licence that has conditions',
      'licence: { spdx: Apache-2.0, url: https://huggingface.co/Qwen/Qwen3.5-4B/blob/main/LICENSE }',
      'licence: { spdx: LicenseRef-research, url: https://example.org/ }',
      'profiles.8gb.models.chat: must be free for commercial use without conditions',
    ],
  ])('is refused for %s', (_, before, after, problem) => {
    expect(problemsAfter(before, after)).toContain(problem);
  });

  it('that is not there is an error that names the file', async () => {
    await expect(readCatalogue('/nowhere/catalogue.yaml')).rejects.toMatchObject({
      code: 'CATALOGUE_UNREADABLE',
      message: expect.stringContaining('/nowhere/catalogue.yaml'),
    });
  });
});
