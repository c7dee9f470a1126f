import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/context/secret.ts';
import type { FetchRequest } from '../../../../src/models/download/fetch-request.ts';
import {
  downloadsIn,
  hubSource,
  hubWithModel,
  model,
  path,
  repository,
  webSource,
} from './support/fetching.ts';
import { fetched, refused } from './support/outcomes.ts';

describe('a refusal', () => {
  const gated = { token: 'hf_right', files: [{ repository, path, content: model, isGated: true }] };

  it.each<[string, Partial<FetchRequest>, string, string]>([
    ['no token where one is needed', {}, 'MODEL_FETCH_NO_ACCESS', 'gated (status 401), without a token'],
    ['a wrong token', { token: new Secret('hf_wrong') }, 'MODEL_FETCH_NO_ACCESS', 'status 401, with a token'],
    [
      'an unknown repository',
      { source: { ...hubSource, repository: 'nothing' } },
      'MODEL_FETCH_NO_ACCESS',
      'no such repository',
    ],
    [
      'an unknown file',
      { source: { ...hubSource, file: 'nothing' } },
      'MODEL_FETCH_NOT_FOUND',
      'no such file',
    ],
    [
      'an unknown revision',
      { source: { ...hubSource, revision: 'v9' } },
      'MODEL_FETCH_NOT_FOUND',
      'no such revision',
    ],
  ])('for %s is final and says why', async (_, more, code, reason) => {
    const hub = await hubWithModel(gated);
    const { error, store } = await refused(hub, more);
    expect(error).toMatchObject({ code, message: expect.stringContaining(reason) });
    expect(hub.requests).toHaveLength(1);
    expect(await downloadsIn(store)).toEqual([]);
    expect(String(error)).not.toContain('hf_');
  });

  it('of a token that may not read the repository is final', async () => {
    const hub = await hubWithModel(gated);
    hub.fault({ kind: 'status', status: 403, errorCode: 'GatedRepo' });
    const { error } = await refused(hub, { token: new Secret('hf_right') });
    expect(error).toMatchObject({
      code: 'MODEL_FETCH_NO_ACCESS',
      fix: expect.stringContaining('ONEAPP_COPILOT_MODEL_TOKEN'),
    });
  });

  it('to connect names the mirror variable', async () => {
    const hub = await hubWithModel();
    await hub.close();
    const { error } = await refused(hub);
    expect(error).toMatchObject({
      code: 'MODEL_FETCH_UNREACHABLE',
      message: expect.stringContaining('refused'),
      fix: expect.stringContaining('ONEAPP_COPILOT_MODEL_MIRROR'),
    });
  });

  it('ends a chain of redirects that leads nowhere', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'redirect', location: `${hub.url}/round` }, 100);
    expect((await refused(hub)).error).toMatchObject({ code: 'MODEL_FETCH_REFUSED' });
    hub.calm();
    hub.fault({ kind: 'redirect', location: 'ftp://host/file' });
    expect((await refused(hub)).error).toMatchObject({ code: 'MODEL_FETCH_REFUSED' });
  });

  it.each(['hf_se\ncret', 'hf_sécret', ' '])('to send %j as a token shows nothing of it', async (token) => {
    const hub = await hubWithModel(gated);
    const { error } = await refused(hub, { token: new Secret(token) });
    expect(error).toMatchObject({ code: 'MODEL_FETCH_NO_ACCESS' });
    expect(inspect(error, { depth: 9 })).not.toContain('hf_s');
    expect(hub.requests).toEqual([]);
  });

  it('to use a mirror with a password in its address does not show it', async () => {
    const hub = await hubWithModel();
    const { error } = await refused(hub, { mirror: hub.url.replace('//', '//user:password@') });
    expect(error).toMatchObject({ code: 'MODEL_FETCH_REFUSED' });
    expect(inspect(error, { depth: 9 })).not.toContain('password@');
  });

  it('does not get the token of a web source, which has none', async () => {
    const hub = await hubWithModel();
    await fetched(hub, { source: webSource(hub), token: new Secret('hf_right') });
    expect(hub.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('of a renamed repository, which redirects within the hub, takes the token along', async () => {
    const hub = await hubWithModel(gated);
    hub.fault({ kind: 'redirect', location: `/${repository}/resolve/main/${encodeURI(path)}` });
    await fetched(hub, { source: { ...hubSource, repository: 'old' }, token: new Secret('hf_right') });
  });
});
