import { describe, expect, it } from 'vitest';
import type { ModelChoice } from '../../../../src/context/kinds/model-choice.ts';
import { defaultSettings } from '../../../../src/context/variables.ts';
import { Catalogue } from '../../../../src/models/catalogue/schema.ts';
import type { FileFacts } from '../../../../src/models/facts.ts';
import type { BakedModel } from '../../../../src/models/image-facts.ts';
import { absentAdapterWarning } from '../../../../src/models/selection/adapters.ts';
import type { FetchedFile, Supply } from '../../../../src/models/selection/resolve.ts';
import { type ModelSettings, missingWarning, selectModels } from '../../../../src/models/selection/select.ts';
import { type ModelSource, parseSource } from '../../../../src/models/source.ts';
import { smallFacts } from '../../../support/model-facts.ts';

const hash = 'a'.repeat(64);
const baked = (id: string, roles: BakedModel['roles']): BakedModel => ({
  id,
  file: `${id}.gguf`,
  sha256: hash,
  roles,
  facts: smallFacts({ hasInfillTokens: false }),
});
const place = (text: string): ModelSource => {
  const source = parseSource(text);
  if ('fault' in source) throw new Error(source.fault);
  return source;
};
const remote = 'hf:team/models/new.gguf';
const fetched = (text: string, facts: FileFacts = smallFacts()): FetchedFile => ({
  path: `/store/${text.split('/').at(-1)}`,
  record: {
    id: 'new',
    source: place(text),
    file: 'downloads/new.gguf',
    size: 1,
    sha256: hash,
    trust: 'hub',
    fetchedAt: '2026-01-01T00:00:00Z',
    facts,
  },
});
const catalogue = Catalogue.parse({
  models: [
    {
      id: 'listed',
      aliases: ['other-name'],
      title: 'Listed',
      roles: ['chat'],
      source: 'hf:team/listed/listed.gguf',
      size: { bytes: 5_000_000 },
      sha256: hash,
      pin: 'published',
      pinSource: 'a test',
      licence: { spdx: 'MIT', url: 'https://example.org' },
      parameters: { all: 1, active: 1 },
      kind: ['attention'],
      thinking: 'no',
      engineArchitecture: 'qwen2',
      shape: null,
    },
  ],
  retired: [{ name: 'gone', replacement: 'listed', reason: 'its maker withdrew it' }],
  profiles: {},
});
const supply: Supply = {
  baked: [baked('chatter', ['chat']), baked('filler', ['complete']), baked('vectors', ['embed'])],
  catalogue,
  fetched: [],
  store: '/models',
};
const settings = (changed: Partial<ModelSettings> = {}): ModelSettings => ({
  ...defaultSettings(),
  ...changed,
});
const name = (text: string): ModelChoice => ({ kind: 'name', name: text });
const at = (text: string): ModelChoice => ({ kind: 'source', source: place(text) });
const served = (selection: ReturnType<typeof selectModels>) =>
  selection.served.map(({ model: { id, here }, roles }) => [id, roles.join(' '), here]);

describe('the models to serve', () => {
  it('are those of the image when nothing is asked for', () => {
    const selection = selectModels(settings(), supply);
    expect(served(selection)).toEqual([
      ['chatter', 'chat', '/models/chatter.gguf'],
      ['filler', 'complete', '/models/filler.gguf'],
      ['vectors', 'embed', '/models/vectors.gguf'],
    ]);
    expect(selection).toMatchObject({ jobs: [], missing: [], warnings: [] });
  });

  it('are none in an image without models, which says what to do unless the context names one', () => {
    const bare = { ...supply, baked: [] };
    expect(selectModels(settings(), bare)).toMatchObject({
      served: [],
      warnings: [{ code: 'MODEL_NONE', variable: 'ONEAPP_COPILOT_AI_MODEL' }],
    });
    const named = selectModels(settings({ aiModel: at(remote) }), { ...bare, fetched: [fetched(remote)] });
    expect(named.warnings).toEqual([]);
    expect(served(named)).toEqual([['new', 'chat complete', '/store/new.gguf']]);
  });

  it('include one that was fetched, in place of the one of the image', () => {
    const selection = selectModels(settings({ aiModel: at(remote) }), {
      ...supply,
      fetched: [fetched(remote)],
    });
    expect(served(selection)).toEqual([
      ['new', 'chat', '/store/new.gguf'],
      ['filler', 'complete', '/models/filler.gguf'],
      ['vectors', 'embed', '/models/vectors.gguf'],
    ]);
    expect(selection.jobs).toEqual([]);
  });

  it('keep the one of the image for a model that is still to be fetched, and say so', () => {
    const selection = selectModels(settings({ aiModel: at(remote) }), supply);
    expect(served(selection)[0]).toEqual(['chatter', 'chat', '/models/chatter.gguf']);
    expect(selection.jobs).toEqual([{ source: place(remote), id: 'new', holds: 'model' }]);
    const [missing] = selection.missing;
    expect(missing && missingWarning(missing, undefined)).toMatchObject({
      code: 'MODEL_BEING_FETCHED',
      variable: 'ONEAPP_COPILOT_AI_MODEL',
      what: 'new is not here yet and is being fetched; chatter is served meanwhile.',
    });
    expect(missing && missingWarning(missing, 'No route.')).toMatchObject({ code: 'MODEL_NOT_FETCHED' });
  });

  it('take a file with another hash than the pinned one for another file', () => {
    const pinned = `${remote}#sha256=${'b'.repeat(64)}`;
    const selection = selectModels(settings({ aiModel: at(pinned) }), {
      ...supply,
      fetched: [fetched(remote)],
    });
    expect(selection.jobs).toHaveLength(1);
  });

  it('come from the catalogue by name, and a name that is gone by its replacement', () => {
    const listed = selectModels(settings({ aiModel: name('listed') }), supply);
    expect(listed.jobs).toEqual([
      {
        source: expect.objectContaining({ repository: 'listed', sha256: hash }),
        id: 'listed',
        holds: 'model',
        size: 5_000_000,
      },
    ]);
    const gone = selectModels(settings({ aiModel: name('gone') }), supply);
    expect(gone.jobs.map(({ id }) => id)).toEqual(['listed']);
    expect(gone.warnings).toEqual([expect.objectContaining({ code: 'CONTEXT_MODEL_REPLACED' })]);
  });

  it('stay the image’s for a name that nobody knows, and a slip is recognised', () => {
    const selection = selectModels(settings({ aiModel: name('listd') }), supply);
    expect(served(selection)).toHaveLength(3);
    expect(selection.jobs).toEqual([]);
    expect(selection.warnings).toEqual([
      expect.objectContaining({
        code: 'CONTEXT_MODEL_UNKNOWN',
        fix: expect.stringContaining('Did you mean listed?'),
      }),
    ]);
  });

  it('leave out a role that is switched off', () => {
    const selection = selectModels(settings({ completeModel: { kind: 'none' } }), supply);
    expect(served(selection).map(([id]) => id)).toEqual(['chatter', 'vectors']);
  });

  it('have one process for a model that is named for two roles', () => {
    const both = settings({ aiModel: at(remote), completeModel: at(remote) });
    expect(served(selectModels(both, { ...supply, fetched: [fetched(remote)] }))[0]).toEqual([
      'new',
      'chat complete',
      '/store/new.gguf',
    ]);
    expect(selectModels(both, supply).jobs).toHaveLength(1);
  });

  it('let a model for chat complete too where nobody else does and it can', () => {
    const alone = { ...supply, baked: supply.baked.slice(0, 1), fetched: [fetched(remote)] };
    expect(served(selectModels(settings({ aiModel: at(remote) }), alone))).toEqual([
      ['new', 'chat complete', '/store/new.gguf'],
    ]);
  });

  it('leave completion to the image’s where the named one cannot fill a gap, and say so', () => {
    const wish = settings({ aiModel: at(remote), completeModel: at(remote) });
    const here = fetched(remote, smallFacts({ hasInfillTokens: false }));
    const selection = selectModels(wish, { ...supply, fetched: [here] });
    expect(served(selection).slice(0, 2)).toEqual([
      ['new', 'chat', '/store/new.gguf'],
      ['filler', 'complete', '/models/filler.gguf'],
    ]);
    expect(selection.jobs).toEqual([]);
    expect(selection.missing.map((missing) => missingWarning(missing, undefined))).toEqual([
      expect.objectContaining({
        code: 'MODEL_CANNOT_COMPLETE',
        variable: 'ONEAPP_COPILOT_COMPLETE_MODEL',
        what: expect.stringContaining('filler does so'),
      }),
    ]);
  });

  it('are two where two files have the same name, each under its own', () => {
    const [chat, fim] = ['hf:a/chat/model.gguf', 'hf:b/fim/model.gguf'];
    const wish = settings({ aiModel: at(chat), completeModel: at(fim) });
    const fetchedAs = (text: string, path: string): FetchedFile => ({ ...fetched(text), path });
    const here = [fetchedAs(chat, '/store/a.gguf'), fetchedAs(fim, '/store/b.gguf')];
    expect(served(selectModels(wish, { ...supply, fetched: here })).slice(0, 2)).toEqual([
      ['model', 'chat', '/store/a.gguf'],
      ['model-2', 'complete', '/store/b.gguf'],
    ]);
    expect(selectModels(wish, supply).jobs.map(({ id }) => id)).toEqual(['model', 'model-2']);
  });

  it('do not take the name of another one of the image', () => {
    const namesake = 'hf:a/other/filler.gguf';
    const selection = selectModels(settings({ aiModel: at(namesake) }), {
      ...supply,
      fetched: [{ ...fetched(namesake), path: '/store/filler.gguf' }],
    });
    expect(served(selection).slice(0, 2)).toEqual([
      ['filler-2', 'chat', '/store/filler.gguf'],
      ['filler', 'complete', '/models/filler.gguf'],
    ]);
  });

  it('are not fetched when the image has what an alias or a replacement stands for', () => {
    const inImage = { ...supply, baked: [baked('chatter', ['chat']), baked('listed', ['chat'])] };
    for (const asked of ['gone', 'other-name']) {
      const selection = selectModels(settings({ aiModel: name(asked) }), inImage);
      expect(selection.jobs).toEqual([]);
      expect(served(selection)).toEqual([['listed', 'chat', '/models/listed.gguf']]);
    }
  });

  it('pass over a model that the engine could not load, and say why', () => {
    const refusals = [{ model: hash, reason: 'It is damaged.' }];
    const selection = selectModels(
      settings({ aiModel: at(remote) }),
      { ...supply, fetched: [fetched(remote)] },
      refusals,
    );
    expect(served(selection)[0]?.[0]).toBe('chatter');
    expect(selection.jobs).toEqual([]);
    const [missing] = selection.missing;
    expect(missing && missingWarning(missing, undefined)).toMatchObject({
      code: 'MODEL_REFUSED_BY_ENGINE',
      what: expect.stringContaining('It is damaged.'),
    });
  });
});

describe('adapters', () => {
  const adapter = 'hf:team/adapters/style.gguf';
  const wish = settings({ loraAdapters: [{ role: 'chat', source: place(adapter), scale: 0.5 }] });

  it('are fetched, and the model is served without meanwhile', () => {
    const selection = selectModels(wish, supply);
    expect(selection.jobs).toEqual([{ source: place(adapter), id: 'style', holds: 'adapter' }]);
    expect(selection.served[0]?.adapters).toEqual([]);
    const [job] = selection.jobs;
    expect(job && absentAdapterWarning(job, undefined)).toMatchObject({ code: 'ADAPTER_NOT_HERE' });
    expect(job && absentAdapterWarning(job, 'No route.')).toMatchObject({
      code: 'ADAPTER_NOT_FETCHED',
      variable: 'ONEAPP_COPILOT_LORA_ADAPTERS',
      what: expect.stringContaining('No route.'),
    });
  });

  it('are fetched once for two roles', () => {
    const twice = (['chat', 'complete'] as const).map((role) => ({ role, source: place(adapter), scale: 1 }));
    expect(selectModels(settings({ loraAdapters: twice }), supply).jobs).toHaveLength(1);
  });

  it('that the engine could not load its model with are left out, and not the model', () => {
    const here = fetched(adapter, { adapterFor: 'qwen2', fileSize: 700 });
    const refusals = [{ model: hash, reason: 'It does not fit.' }];
    const selection = selectModels(wish, { ...supply, fetched: [here] }, refusals);
    expect(selection.served[0]).toMatchObject({ model: { id: 'chatter' }, adapters: [] });
    expect(selection.warnings).toEqual([expect.objectContaining({ code: 'ADAPTER_REFUSED_BY_ENGINE' })]);
  });

  it('go with the model of their role', () => {
    const here = fetched(adapter, { adapterFor: 'qwen2', fileSize: 700 });
    const selection = selectModels(wish, { ...supply, fetched: [here] });
    expect(selection.served.map(({ adapters }) => adapters)).toEqual([
      [{ name: adapter, path: '/store/style.gguf', scale: 0.5, bytes: 700, refusable: hash }],
      [],
      [],
    ]);
    expect(selection.jobs).toEqual([]);
  });

  it('made for another architecture are left out, with a word', () => {
    const here = fetched(adapter, { adapterFor: 'llama', fileSize: 700 });
    const selection = selectModels(wish, { ...supply, fetched: [here] });
    expect(selection.served[0]?.adapters).toEqual([]);
    expect(selection.warnings).toEqual([expect.objectContaining({ code: 'ADAPTER_FOR_ANOTHER' })]);
  });
});
