import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { callSocket } from '../../engine/support/llama-server.ts';
import { until } from '../gateway/support.ts';
import { UpstreamWorld, upstreamKey } from './upstream-world.ts';

/** The process as the unit runs it, beside the world's own egress. */
const world = new UpstreamWorld();
let child: ChildProcess;
let socket: string;
let path: string;
let log = '';

beforeEach(async () => {
  log = '';
  socket = join(dirname(world.socket), 'process.sock');
  path = join(dirname(world.socket), 'upstreams.json');
  await writeFile(path, JSON.stringify(world.configuration));
  const words = ['src/egress/main.ts', '--socket', socket, path];
  child = spawn(process.execPath, words, { cwd: resolve('.'), stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  await until(
    () =>
      ask('none').then(
        () => true,
        () => false,
      ),
    15,
  );
});
afterEach(() => void child.kill('SIGKILL'));

const ask = async (upstream: string) =>
  (await callSocket(socket, `/${upstream}/v1/chat/completions`, {})).status;

it('forwards, takes up another configuration while a stream goes on, and finishes that before it ends', async () => {
  const { promise: last, resolve: sayLast } = Promise.withResolvers<void>();
  world.handler = async (_request, response) => {
    response.write('one');
    await last;
    response.end('two');
  };
  const streaming = callSocket(socket, '/cloud/v1/chat/completions', {});
  await until(() => world.open === 1);

  await writeFile(path, '{"upstreams": 1}');
  child.kill('SIGHUP');
  await until(() => log.includes('reload refused'));
  expect(await ask('gone')).toBe(502);
  await writeFile(path, '{"upstreams": []}');
  child.kill('SIGHUP');
  await until(() => log.includes('reloaded'));
  expect(await ask('gone')).toBe(404);

  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await until(() =>
    ask('gone').then(
      () => false,
      () => true,
    ),
  );
  sayLast();
  expect((await streaming).text).toBe('onetwo');
  expect(await ended).toEqual([0, null]);
  expect(log).toContain('unreachable');
  expect(log).not.toMatch(/localhost|127\.0\.0\.1/);
  expect(log).not.toContain(upstreamKey);
});
