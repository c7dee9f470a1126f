import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSilent } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answerer, Probe } from '../../../../src/certificates/acme/checks/probe.ts';
import { openFront } from '../../../support/pebble/front.ts';
import { freePort } from '../../../support/pebble/pebble.ts';
import { portOf } from '../../gateway/support.ts';

let place: string;
/** Directory that the gateway shows challenges from; and another VM's. */
let [here, there] = ['', ''];
let ours: { http: number; https: number };
let theirs: { http: number; https: number };
const fronts: { close(): void }[] = [];

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'onepilot-probe-'));
  [here, there] = [join(place, 'here'), join(place, 'there')];
  for (const directory of [here, there]) {
    for (const kind of ['http-01', 'tls-alpn-01']) await mkdir(join(directory, kind), { recursive: true });
  }
  ours = { http: await freePort(), https: await freePort() };
  theirs = { http: await freePort(), https: await freePort() };
  fronts.push(await openFront({ challenges: here, address: '127.0.0.1', ...ours }));
  fronts.push(await openFront({ challenges: there, address: '127.0.0.1', ...theirs }));
});

afterAll(async () => {
  for (const front of fronts) front.close();
  await rm(place, { recursive: true });
});

/** Who answers at those ports of 127.0.0.1. */
function asked(
  http: number,
  https: number,
  signal = new AbortController().signal,
): Promise<[Answerer, Answerer]> {
  return Probe.shown(here, { 'http-01': http, 'tls-alpn-01': https }, (probe) =>
    Promise.all([
      probe.ask('http-01', '127.0.0.1', 'a.example.net', signal),
      probe.ask('tls-alpn-01', '127.0.0.1', 'a.example.net', signal),
    ]),
  );
}

/** What is concluded from an answer over HTTP with that status. */
async function concluded(status: number): Promise<Answerer> {
  const server = createServer((_, response) => response.writeHead(status, { location: '/' }).end('hello'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const [http] = await asked(portOf(server), theirs.https);
  server.close();
  return http;
}

describe('a probe', () => {
  test('recognises this VM by what its gateway shows, and leaves nothing behind', async () => {
    expect(await asked(ours.http, ours.https)).toEqual(['us', 'us']);
    expect(await readdir(join(here, 'http-01'))).toEqual([]);
    expect(await readdir(join(here, 'tls-alpn-01'))).toEqual([]);
  });

  test('tells another from nobody', async () => {
    expect(await asked(theirs.http, theirs.https)).toEqual(['another', 'another']);
    const closed = await freePort();
    expect(await asked(closed, closed)).toEqual(['nobody', 'nobody']);
    // Whatever that is, it is not this VM's gateway.
    expect((await asked(ours.https, ours.http))[1]).toBe('another');
  });

  test('concludes nothing from redirections and failures of whoever stands before', async () => {
    expect(await concluded(404)).toBe('another');
    expect(await concluded(200)).toBe('another');
    expect(await concluded(301)).toBe('unknown');
    expect(await concluded(502)).toBe('unknown');
  });

  test('concludes nothing from silence', async () => {
    const silent = createSilent((socket) => socket.on('error', () => {}));
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
    const patience = new AbortController();
    const within = Probe.shown(
      here,
      { 'http-01': portOf(silent), 'tls-alpn-01': portOf(silent) },
      (probe) => {
        silent.once('connection', () => patience.abort(new Error('enough')));
        return probe.ask('tls-alpn-01', '127.0.0.1', 'a.example.net', patience.signal);
      },
    );
    await expect(within).rejects.toThrow('enough');
    silent.close();
  });

  test('that an order has cleared away proves nothing', async () => {
    const found = await Probe.shown(
      here,
      { 'http-01': ours.http, 'tls-alpn-01': ours.https },
      async (probe) => {
        for (const kind of ['http-01', 'tls-alpn-01']) {
          for (const name of await readdir(join(here, kind))) await rm(join(here, kind, name));
        }
        const { signal } = new AbortController();
        return [
          await probe.ask('http-01', '127.0.0.1', 'a.example.net', signal),
          await probe.ask('tls-alpn-01', '127.0.0.1', 'a.example.net', signal),
        ];
      },
    );
    expect(found).toEqual(['unknown', 'unknown']);
  });

  test('is written nowhere that a link leads: root shows it in a directory of another', async () => {
    const other = join(place, 'other');
    await mkdir(other);
    for (const kind of ['http-01', 'tls-alpn-01']) {
      await rename(join(here, kind), join(here, `${kind}.aside`));
      await symlink(other, join(here, kind));
      let found: string[] | undefined;
      const shown = Probe.shown(here, { 'http-01': 1, 'tls-alpn-01': 1 }, async () => {
        found = await readdir(other);
      });
      await expect(shown).rejects.toThrow(join(here, kind));
      expect(found).toBe(undefined);
      await rm(join(here, kind));
      await rename(join(here, `${kind}.aside`), join(here, kind));
    }
    expect(await readdir(other)).toEqual([]);
  });

  test('stays where it was begun, and is taken away there, when a link comes into its place', async () => {
    const [other, aside] = [join(place, 'elsewhere'), join(here, 'aside')];
    await mkdir(other);
    const [name = ''] = await Probe.shown(here, { 'http-01': 1, 'tls-alpn-01': 1 }, async () => {
      await rename(join(here, 'http-01'), aside);
      await symlink(other, join(here, 'http-01'));
      const names = await readdir(aside);
      for (const name of names) await writeFile(join(other, name), 'kept');
      return names;
    });
    expect(await readdir(other)).toEqual([name]);
    expect(await readdir(aside)).toEqual([]);
    await rm(join(here, 'http-01'));
    await rename(aside, join(here, 'http-01'));
  });
});
