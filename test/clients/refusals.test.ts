import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientCalled } from '../../src/clients/table.ts';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import { until } from '../unit/gateway/support.ts';
import { type Program, personWith, programNames } from './support/person.ts';
import { installedClients } from './support/programs.ts';
import { startWorld, targetOf, type World } from './support/world.ts';

let world: World;
let modules: string;

beforeAll(async () => {
  modules = await installedClients();
  world = await startWorld();
});

afterAll(() => world?.stop());

describe('a wrong key', () => {
  /** Codex takes no answer for an answer; the others ask once, opencode beside that for a title. */
  const attempts: Record<Program, number> = { 'claude-code': 1, codex: 6, continue: 1, opencode: 2 };

  it.each(programNames)('is what %s says is wrong, in the words of the gateway', async (name) => {
    const gateway = await world.gateway([name]);
    const somebody = await personWith(name, targetOf(world, gateway), 'sk-wrong', modules);
    const { code, seen } = await somebody.ask('Hello').ended;
    await somebody.leave();
    await gateway.close();
    expect(seen).toContain('The API key presented is not one of this server.');
    expect(code).not.toBe(0);
    expect(gateway.accounts(name)).toEqual([]);
    const refused = gateway.log.filter((line) => line.includes('"status":401'));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(attempts[name]);
  });
});

describe('a context too small for its prompt', () => {
  it.each(programNames)('is what %s says is wrong, as its page says', async (name) => {
    const { tooLong = 'nothing' } = clientCalled(name);
    const gateway = await world.gateway([name], { contextSize: 2048 });
    // Set up when there was more room: Claude Code would not even ask otherwise.
    const target = targetOf(world, { ...gateway, contextSize: 65_536 });
    const somebody = await personWith(name, target, gateway.keyOf(name), modules);
    const running = somebody.ask('Hello');
    // opencode goes on for ever: it summarises, and its own instructions still do not fit.
    await until(() => running.seen().includes(tooLong), 120);
    if (name === 'opencode') running.interrupt();
    const { code } = await running.ended;
    await somebody.leave();
    await gateway.close();
    expect(code).not.toBe(0);
    const refused = gateway.accounts(name).filter(({ outcome }) => outcome === 'refused');
    expect(new Set(refused.map((account) => account.code))).toEqual(new Set(['context_length_exceeded']));
  });
});

describe('a full queue', () => {
  it('is waited out by all of them', async () => {
    // Two with the engine, 64 that wait, none of them with more in the queue than a client that comes new.
    const others = Array.from({ length: 66 }, (_, index) => `other-${index}`);
    const gateway = await world.gateway([...programNames, ...others]);
    world.engine.hold();
    const flood = others.map((name) => ask(gateway.url, gateway.keyOf(name), gateway.authority));
    await until(() => world.engine.waiting === 2, 30);
    const target = targetOf(world, gateway);
    const people = await Promise.all(
      programNames.map((name) => personWith(name, target, gateway.keyOf(name), modules)),
    );
    const asked = people.map((somebody) => somebody.ask('Hello'));
    const wasRefused = (name: Program) => gateway.accounts(name).some(({ code }) => code === 'queue_full');
    await until(() => programNames.every(wasRefused), 120);
    world.engine.release();

    for (const { ended } of asked) {
      const { code, stdout, seen } = await ended;
      expect(stdout, seen).toContain(smokeAnswers.chat.trim());
      expect(code).toBe(0);
    }
    expect(await Promise.all(flood)).toEqual(others.map(() => 200));
    await Promise.all(people.map((somebody) => somebody.leave()));
    await gateway.close();
    for (const name of programNames) {
      const accounts = gateway.accounts(name);
      expect(accounts.at(-1)?.outcome).toBe('done');
      const unforeseen = accounts.filter(({ outcome, code }) => outcome !== 'done' && code !== 'queue_full');
      expect(unforeseen).toEqual([]);
    }
  });
});

/** Asks something short, and resolves with the status once the answer is complete. */
function ask(url: string, key: string, ca: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const outgoing = request(
    `${url}/v1/chat/completions`,
    { method: 'POST', headers, ca, agent: false },
    (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode));
    },
  );
  outgoing.on('error', reject);
  outgoing.end(JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], stream: true }));
  return promise;
}
