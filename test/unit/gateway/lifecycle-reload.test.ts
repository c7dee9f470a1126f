import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { generateKey, recordGenerated } from '../../../src/keys/record.ts';
import { chatBody, chunkOf, textOf } from './relay-world.ts';
import { ReloadWorld } from './reload-world.ts';
import { key, until } from './support.ts';
import { otherAuthority } from './trusted-certificate.ts';

const world = new ReloadWorld();
const streams = 20;
const models = [{ id: 'chat-model', roles: ['chat' as const], contextSize: 4096, slots: streams }];

it('twenty streams go on, by what was in force when they began, while keys, limits and certificates are reloaded', async () => {
  await world.configure({ models });
  await world.gateway.reload();
  const held: ServerResponse[] = [];
  world.fake.handler = (_request, response) => {
    response.write(chunkOf('before '));
    held.push(response);
  };
  const open = await Promise.all(
    Array.from({ length: streams }, () =>
      world.open('/v1/chat/completions', { body: { ...chatBody, stream: true } }),
    ),
  );
  const texts = open.map(textOf);
  await until(() => held.length === streams);

  const others = await otherAuthority();
  const trusted = await others.write(world.at('trusted.pem'), ['copilot.example'], ['127.0.0.1']);
  await world.configure({ tls: { ...world.tls, trusted }, models });
  await world.gateway.reload();
  expect((await world.ask('/ca.crt', { ca: others.ca })).text).toBe(world.ca);
  const tls = await world.certificate('second');
  const limits = { concurrent: 1, requestsPerMinute: 1 };
  await world.configure({ tls, models, keys: [{ ...recordGenerated('team', key), limits }] });
  await world.gateway.reload();
  for (const response of held) response.write(chunkOf('between '));
  await world.configure({ tls, models: [], keys: [recordGenerated('another', generateKey())] });
  await world.gateway.reload();
  for (const response of held) response.end(`${chunkOf('after')}data: [DONE]\n\n`);

  for (const text of await Promise.all(texts)) {
    expect(text.match(/"content":"(\w+) ?"/g)).toEqual([
      '"content":"before "',
      '"content":"between "',
      '"content":"after"',
    ]);
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
  }
});
