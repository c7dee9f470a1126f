import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientCalled, clients } from '../../src/clients/table.ts';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import { type Person, type Program, personWith, programNames } from './support/person.ts';
import { installedClients } from './support/programs.ts';
import { startWorld, type TestGateway, targetOf, type World } from './support/world.ts';

const answer = smokeAnswers.chat.trim();
let world: World;
let gateway: TestGateway;
let modules: string;

beforeAll(async () => {
  modules = await installedClients();
  world = await startWorld();
  gateway = await world.gateway(programNames);
});

afterAll(async () => {
  await gateway?.close();
  await world?.stop();
});

const person = (name: Program): Promise<Person> =>
  personWith(name, targetOf(world, gateway), gateway.keyOf(name), modules);

it('every client of which the table says that it was run is run here', () => {
  const said = clients.filter(({ features }) => features.chat?.by === 'run').map(({ name }) => name);
  expect(said.sort()).toEqual([...programNames].sort());
});

describe.each(programNames)('%s', (name) => {
  it('holds a conversation over HTTPS from the VM’s own CA, set up as onepilot setup says', async () => {
    const somebody = await person(name);
    const first = await somebody.ask('Hello').ended;
    expect(first.stdout, first.seen).toContain(answer);
    expect(first.code).toBe(0);
    const longest = Math.max(...gateway.accounts(name).map(({ tokens }) => tokens.prompt));

    const second = await somebody.goOn('And now?').ended;
    expect(second.stdout, second.seen).toContain(answer);
    expect(second.code).toBe(0);
    await somebody.leave();

    const accounts = gateway.accounts(name);
    expect(accounts.map(({ outcome }) => outcome)).toEqual(accounts.map(() => 'done'));
    // The second turn repeats the first.
    expect(accounts.at(-1)?.tokens.prompt).toBeGreaterThan(longest);
    const { firstPrompt = 0 } = clientCalled(name);
    expect(Math.abs(longest - firstPrompt) / firstPrompt, `${longest} tokens`).toBeLessThan(0.25);
  });
});

it('all of them at once are answered, each by its own key', async () => {
  const before = new Map(programNames.map((name) => [name, gateway.accounts(name).length]));
  const people = await Promise.all(programNames.map(person));
  const printed = await Promise.all(people.map((somebody) => somebody.ask('Hello').ended));
  for (const { stdout, seen } of printed) expect(stdout, seen).toContain(answer);
  await Promise.all(people.map((somebody) => somebody.leave()));
  for (const name of programNames) {
    const accounts = gateway.accounts(name).slice(before.get(name));
    expect(accounts.length).toBeGreaterThan(0);
    expect(accounts.map(({ outcome }) => outcome)).toEqual(accounts.map(() => 'done'));
  }
});
