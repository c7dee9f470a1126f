import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchModel } from '../../../../src/models/download/fetch-model.ts';
import { inspectModel } from '../../../../src/models/inspect.ts';
import { randomModel } from '../../../../src/models/smoke/write.ts';
import { parseSource } from '../../../../src/models/source.ts';
import { startHub } from '../../../support/hub/server.ts';

test('the engine, another user, can read what a process fetched that keeps its files to itself', async () => {
  const store = await mkdtemp(join(tmpdir(), 'onepilot-umask-'));
  const hub = await startHub({ files: [{ repository: 'a/b', path: 'm.gguf', content: randomModel() }] });
  const before = process.umask(0o077);
  try {
    const source = parseSource('hf:a/b/m.gguf');
    if ('fault' in source || source.kind === 'disk') throw new Error('no hub source');
    const { file } = await fetchModel({ source, id: 'm', store, mirror: hub.url, inspect: inspectModel });
    expect((await stat(join(store, file))).mode & 0o777).toBe(0o644);
    expect((await stat(dirname(join(store, file)))).mode & 0o777).toBe(0o755);
  } finally {
    process.umask(before);
    await hub.close();
    await rm(store, { recursive: true });
  }
});
