import { expect, test } from 'vitest';
import type { BakedModel } from '../../../src/models/image-facts.ts';
import { wantedModels } from '../../../src/models/wanted-model.ts';

const model = (id: string, ...roles: BakedModel['roles']): BakedModel => ({
  id,
  file: `${id}.gguf`,
  sha256: '0'.repeat(64),
  roles,
  trainedContextSize: 4096,
});
const baked = [model('small', 'chat', 'complete'), model('large', 'chat'), model('vectors', 'embed')];
const idsFor = (asked: string | undefined) => wantedModels(asked, baked).models.map(({ id }) => id);

test('the models of the image are served as they come when none is asked for', () => {
  expect(wantedModels(undefined, baked)).toEqual({ models: baked, warnings: [] });
});

test('the chat model asked for comes first', () => {
  expect(idsFor('large')).toEqual(['large', 'small', 'vectors']);
});

test('a model that cannot chat does not come first', () => {
  expect(idsFor('vectors')).toEqual(['small', 'large', 'vectors']);
  expect(wantedModels('vectors', baked).warnings).toEqual([]);
});

test('a model that is not here leaves those that are, with a warning that names them', () => {
  const { models, warnings } = wantedModels('devstral-small-2', baked);
  expect(models).toEqual(baked);
  expect(warnings).toEqual([
    expect.objectContaining({
      code: 'CONTEXT_MODEL_NOT_HERE',
      variable: 'ONEAPP_COPILOT_AI_MODEL',
      what: expect.stringMatching(/devstral-small-2.*small, large, vectors/),
    }),
  ]);
});
