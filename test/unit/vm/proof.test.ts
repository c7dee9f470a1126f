import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../../src/vm/ports.ts';
import { prove } from '../../../src/vm/proof.ts';

let directory: string;
let authority: string;
/** Accepts connections and says nothing. */
let silent: Server;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-proof-'));
  authority = join(directory, 'ca.crt');
  await writeFile(authority, '');
  silent = createServer().listen(0, '127.0.0.1');
});
afterAll(async () => {
  silent.close();
  await rm(directory, { recursive: true });
});

it('tells what became of the connection, where the console is, and no key', async () => {
  const baseUrl = `https://127.0.0.1:${await freePort()}/v1`;
  const error = await prove({ baseUrl, key: 'sk-secret', authority }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'VM_PROOF_FAILED',
    message: expect.stringMatching(/connection failed: .*ECONNREFUSED/),
    fix: expect.stringContaining(directory),
  });
  expect(String(error)).not.toContain('sk-secret');
});

it('ends when it is interrupted', async () => {
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const interruption = AbortSignal.timeout(100);
  const endpoint = { baseUrl: `https://127.0.0.1:${port}/v1`, key: 'k', authority };
  const error = await prove(endpoint, interruption).catch((thrown: unknown) => thrown);
  expect(error).toBe(interruption.reason);
});
