import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import { personWith, programNames } from './support/person.ts';
import { installedClients } from './support/programs.ts';
import { startWorld, targetOf, type World } from './support/world.ts';

/** Longer than the five minutes for which Node's fetch and Codex bear silence. */
const minutes = 6;

let world: World;
let modules: string;

beforeAll(async () => {
  modules = await installedClients();
  world = await startWorld();
});

afterAll(() => world?.stop());

it(`all of them wait ${minutes} minutes for the first token, with the engine or in the queue`, async () => {
  const gateway = await world.gateway(programNames);
  world.engine.hold();
  const target = targetOf(world, gateway);
  const people = await Promise.all(
    programNames.map((name) => personWith(name, target, gateway.keyOf(name), modules)),
  );
  const asked = people.map((somebody) => somebody.ask('Hello'));
  await sleep(minutes * 60_000);
  world.engine.release();
  for (const { ended } of asked) {
    const { code, stdout, seen } = await ended;
    expect(stdout, seen).toContain(smokeAnswers.chat.trim());
    expect(code).toBe(0);
  }
  await Promise.all(people.map((somebody) => somebody.leave()));
  await gateway.close();
  for (const name of programNames) {
    const accounts = gateway.accounts(name);
    // Nobody asked twice.
    expect(accounts.map(({ outcome }) => outcome)).toEqual(accounts.map(() => 'done'));
    expect(Math.max(...accounts.map(({ ms }) => ms))).toBeGreaterThan((minutes - 1) * 60_000);
  }
});
