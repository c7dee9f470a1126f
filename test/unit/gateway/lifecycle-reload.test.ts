import { expect, it } from 'vitest';
import { generateKey, recordGenerated } from '../../../src/keys/record.ts';
import { ReloadWorld } from './reload-world.ts';
import { key } from './support.ts';
import { otherAuthority } from './trusted-certificate.ts';

const world = new ReloadWorld();
const streams = 20;
const models = [{ id: 'chat-model', roles: ['chat' as const], contextSize: 4096, slots: streams }];

it('twenty streams go on, by what was in force when they began, while keys, limits and certificates are reloaded', async () => {
  await world.configure({ models });
  await world.gateway.reload();
  const held = await world.holdStreams(streams);

  const others = await otherAuthority();
  const trusted = await others.write(world.at('trusted.pem'), ['copilot.example'], ['127.0.0.1']);
  await world.configure({ tls: { ...world.tls, trusted }, models });
  await world.gateway.reload();
  expect((await world.ask('/ca.crt', { ca: others.ca })).text).toBe(world.ca);
  const tls = await world.certificate('second');
  const limits = { concurrent: 1, requestsPerMinute: 1 };
  await world.configure({ tls, models, keys: [{ ...recordGenerated('team', key), limits }] });
  await world.gateway.reload();
  held.write('between ');
  await world.configure({ tls, models: [], keys: [recordGenerated('another', generateKey())] });
  await world.gateway.reload();

  for (const text of await held.finish('after')) {
    expect(text.match(/"content":"(\w+) ?"/g)).toEqual([
      '"content":"before "',
      '"content":"between "',
      '"content":"after"',
    ]);
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
  }
});
