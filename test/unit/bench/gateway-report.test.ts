import { expect, it } from 'vitest';
import { caddyConfiguration, haproxyConfiguration } from '../../../src/bench/gateway/proxies.ts';
import { verdicts } from '../../../src/bench/gateway/report.ts';

const good = {
  added_ms_sequential: 0.6,
  added_ms_p99_c16: 1.5,
  stream_over_bare: 0.99,
  requests_over_fastify: 0.95,
  rss_over_fastify_mb: 20,
  soak_mb_per_100k: 0.5,
  start_ms: 300,
  others: 0,
};

it('every aim that is reached is said to be', () => {
  const lines = verdicts(good);
  expect(lines).toHaveLength(7);
  for (const line of lines) expect(line).toMatch(/^reached /);
});

it.each([
  ['added_ms_sequential', 1.1],
  ['stream_over_bare', 0.97],
  ['requests_over_fastify', 0.8],
  ['soak_mb_per_100k', 12],
  ['start_ms', Number.NaN],
])('%s of %d is an aim that was missed', (name, figure) => {
  const missed = verdicts({ ...good, [name]: figure }).filter((line) => line.startsWith('MISSED'));
  expect(missed).toHaveLength(1);
  expect(missed[0]).toContain(name);
});

it('a machine that others used is named', () => {
  expect(verdicts({ ...good, others: 0.3 }).at(-1)).toMatch(/^NOT QUIET/);
});

it('HAProxy and Caddy get the same port, socket and certificate', () => {
  const plan = { port: 4433, socket: '/x/engine.sock', certificate: '/x/server.crt', key: '/x/server.key' };
  expect(haproxyConfiguration(plan, '/x/both.pem')).toContain('bind 127.0.0.1:4433 ssl crt /x/both.pem');
  expect(haproxyConfiguration(plan, '/x/both.pem')).toContain('unix@/x/engine.sock');
  expect(caddyConfiguration(plan)).toContain('https://127.0.0.1:4433');
  expect(caddyConfiguration(plan)).toContain('tls /x/server.crt /x/server.key');
  expect(caddyConfiguration(plan)).toContain('reverse_proxy unix//x/engine.sock');
});
