import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeThrowawayCertificate } from '../../scripts/support/throwaway-certificate.ts';
import { checkout } from '../../src/builder/places.ts';
import { dialectsByPath } from '../../src/gateway/dialects/table.ts';
import { embeddingDialectsByPath } from '../../src/gateway/embeddings/dialects.ts';
import { engineQuestions } from '../../src/gateway/native/engine-questions.ts';
import { generateKey, recordGenerated } from '../../src/keys/record.ts';
import { configurationWith } from '../unit/gateway/support.ts';
import { journalOf, section, startUnitEngine, type UnitEngine, until } from './hygiene/unit-engine.ts';
import { bodies, canary, everywhere, malformed } from './support/canary-requests.ts';

const key = generateKey();

let engine: UnitEngine;
let gateway: ChildProcess;
let port: number;
let ca: string;
let printed = '';

const at = (...names: string[]) => join(engine.directory, ...names);

beforeAll(async () => {
  engine = await startUnitEngine(({ smoke }) => `version = 1\n\n${section('onepilot-smoke', smoke)}`);
  await until(async () => (await engine.client.models())?.get('onepilot-smoke') === 'loaded');
  const tls = await writeThrowawayCertificate(engine.directory);
  ca = await readFile(tls.authority, 'utf8');
  const roles = ['chat' as const, 'complete' as const, 'embed' as const];
  const configuration = configurationWith({
    tls,
    engine: { socket: engine.socket },
    keyStore: at('keys.json'),
    status: at('status.json'),
    models: [{ id: 'onepilot-smoke', roles, contextSize: 4096 }],
    keys: [{ ...recordGenerated('canary-catcher', key), scopes: ['chat', 'complete', 'embed', 'admin'] }],
    ledger: { directory: at('ledger'), days: 3 },
  });
  await writeFile(at('gateway.json'), JSON.stringify(configuration));
  await mkdir(at('tmp'));
  gateway = spawn(
    process.execPath,
    [
      join(checkout, 'src/gateway/server.ts'),
      '--port',
      '0',
      '--control',
      at('control.sock'),
      at('gateway.json'),
    ],
    {
      cwd: engine.directory,
      env: { PATH: process.env.PATH, TMPDIR: at('tmp') },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const stream of [gateway.stdout, gateway.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  port = await portFound(gateway.pid ?? 0);
});

afterAll(async () => {
  if (gateway?.exitCode === null) {
    gateway.kill('SIGTERM');
    await once(gateway, 'exit');
  }
  await engine?.stop();
});

/** The TCP port on which the process listens: it takes a free one, and tells systemd alone. */
async function portFound(pid: number): Promise<number> {
  let found: number | undefined;
  await until(async () => {
    const links = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const targets = await Promise.all(
      links.map((link) => readlink(`/proc/${pid}/fd/${link}`).catch(() => '')),
    );
    const sockets = new Set(targets.map((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1]));
    const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => row.trim().split(/\s+/));
    const listening = rows.find((row) => row[3] === '0A' && sockets.has(row[9]));
    found = listening && Number.parseInt(listening[1]?.split(':')[1] ?? '', 16);
    return found !== undefined;
  });
  return found ?? 0;
}

interface Sent {
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send({ path, body, headers }: Sent): Promise<{ status: number; text: string }> {
  const method = body === undefined ? 'GET' : 'POST';
  const outgoing = httpsRequest({
    ...{ host: '127.0.0.1', port, path, method, ca, agent: false },
    headers: { authorization: `Bearer ${key}`, ...headers },
  });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode, text };
}

/** Every file below the directory, sockets left out. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

it('there is something to send to each path that makes the engine work', () => {
  const paths = [dialectsByPath, embeddingDialectsByPath, engineQuestions].flatMap(Object.keys);
  expect(paths.filter((path) => !bodies[path])).toEqual([]);
});

it('what people send is found nowhere afterwards', async () => {
  let answered = 0;
  for (const [path, said] of Object.entries(bodies)) {
    for (const body of said) {
      for (const stream of [true, false]) {
        const { status } = await send({
          path,
          body: JSON.stringify({ ...body, stream }),
          headers: everywhere,
        });
        expect(status, `${path} ${JSON.stringify(body)}`).not.toBe(500);
        if (status === 200) answered += 1;
      }
    }
    for (const body of malformed) await send({ path, body, headers: { 'content-type': `text/${canary}` } });
    await send({ path: `${path}/${canary}?${canary}=${canary}`, body: '{}' });
  }
  expect(answered).toBeGreaterThan(30);
  // No more of them: answers to wrong keys come late.
  await send({ path: '/v1/models', headers: { authorization: `Bearer ${canary}` } });
  for (const path of [
    `/v1/models/${canary}`,
    `/${canary}`,
    `/health?model=${canary}`,
    `/props?model=${canary}`,
    `/v1/usage?key=${canary}`,
  ]) {
    await send({ path, headers: everywhere });
  }

  const pages = [
    await send({ path: '/metrics' }),
    await send({ path: '/status' }),
    await send({ path: '/v1/usage?group_by=key,model' }),
  ];
  expect(pages.map(({ status }) => status)).toEqual([200, 200, 200]);
  for (const { text } of pages) expect(text).not.toContain(canary);

  gateway.kill('SIGTERM');
  await once(gateway, 'exit');
  // Had they told more than they should, it would have been found: this much is there.
  expect(printed.match(/"msg":"request"/g)?.length).toBeGreaterThan(100);
  expect(printed).toContain('canary-catcher');
  expect(pages[2]?.text).toContain('canary-catcher');
  const files = await filesBelow(engine.directory);
  const ledger = await Promise.all(
    files.filter((file) => file.startsWith(at('ledger'))).map((file) => readFile(file)),
  );
  expect(ledger.some((content) => content.includes('canary-catcher'))).toBe(true);

  expect(printed).not.toContain(canary);
  expect((await journalOf(engine.printed())).filter((line) => line.includes(canary))).toEqual([]);
  for (const file of files) {
    if (file.endsWith('.gguf')) continue;
    expect((await readFile(file)).includes(canary), file).toBe(false);
    expect(file).not.toContain(canary);
  }
  expect(await readdir(at('tmp'))).toEqual([]);
});
