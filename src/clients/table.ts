import { nearest } from '../context/nearest.ts';
import { failure } from '../errors/catalogue.ts';
import { agents } from './agents.ts';
import type { Client } from './client.ts';
import { editors } from './editors.ts';
import { vsCode } from './vs-code.ts';

/** Every client whose setup is known, by title. */
export const clients: readonly Client[] = [...agents, ...editors, ...vsCode].sort((a, b) =>
  a.title.localeCompare(b.title, 'en'),
);

/** @throws COMMAND_NO_CLIENT */
export function clientCalled(name: string): Client {
  const found = clients.find((client) => client.name === name);
  if (found) return found;
  const names = clients.map((client) => client.name);
  const meant = nearest(name, names);
  throw failure('COMMAND_NO_CLIENT', {
    name,
    hint: meant === undefined ? '' : `Did you mean ${meant}? `,
    names: names.join(', '),
  });
}
