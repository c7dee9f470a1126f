import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { curlLine } from '../../../src/vm/session.ts';

it('is to a shell what was meant, whatever signs password and path have', () => {
  const signs = Array.from({ length: 0x7e - 0x20 }, (_, index) => String.fromCharCode(0x21 + index)).join('');
  const endpoint = { baseUrl: 'https://127.0.0.1:8443/v1', key: signs, authority: "/it's here/ca.crt" };
  const line = curlLine(endpoint, 'model').replace(/^curl/, "printf '%s\\n'");
  const words = execFileSync('sh', ['-c', line], { encoding: 'utf8' }).split('\n');
  expect(words).toContain(`Authorization: Bearer ${signs}`);
  expect(words).toContain("/it's here/ca.crt");
});
