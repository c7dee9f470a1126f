import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { stagesFor } from '../../../src/builder/build-image.ts';
import { StageCache } from '../../../src/builder/cache.ts';
import { planBuild } from '../../../src/builder/pipeline.ts';
import { previewBuild } from '../../../src/builder/preview.ts';

it('a look at a build has the key that the build will have, and the room that is still to be taken', async () => {
  const root = await mkdtemp(join(tmpdir(), 'onepilot-preview-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const cache = new StageCache(root);
  const options = { profile: 'smoke', suite: 'trixie', mirror: 'http://deb.debian.org/debian', output: root };
  const plan = await planBuild(stagesFor('model-disk'), options, cache);
  const before = await previewBuild(options, 'model-disk', cache);
  expect(before.key).toBe(plan.at(-1)?.key);
  const [model] = plan;
  if (model === undefined) throw new Error('there is no stage');
  const { output } = await cache.prepare('model', model.key);
  await mkdir(output, { recursive: true });
  await writeFile(join(output, 'models.json'), '[]');
  await cache.commit('model', model.key, model.inputs);
  const after = await previewBuild(options, 'model-disk', cache);
  expect(after.key).toBe(before.key);
  expect(before.cacheRoom - after.cacheRoom).toBeCloseTo(model.stage.room * 1024 ** 3, 0);
});
