import { describe, expect, it } from 'vitest';
import { fits } from '../../../src/audit/pattern.ts';
import type { Comparison } from '../../../src/reproduce/compare.ts';
import { judge, readExpected } from '../../../src/reproduce/expected.ts';
import { requireNoFindings, verdictLines } from '../../../src/reproduce/report.ts';

const comparison: Comparison = {
  paths: 7,
  times: 1,
  differences: [
    { path: '/boot/initrd.img-6.12', what: ['content (5 bytes)'] },
    { path: '/etc/shadow', what: ['content (5 bytes)', 'mode (0640 and 0600)'] },
  ],
};

describe('a pattern of paths', () => {
  it.each([
    ['/etc/shadow', '/etc/shadow', true],
    ['/etc/shadow', '/etc/shadow-', false],
    ['/etc/shadow', '/mnt/etc/shadow', false],
    ['/boot/initrd.img-*', '/boot/initrd.img-6.12', true],
    ['/boot/initrd.img-*', '/boot/initrdximg-6.12', false],
    ['/boot/*', '/boot/grub/grub.cfg', false],
    ['/boot/**', '/boot/grub/grub.cfg', true],
    ['/var/**/stamp', '/var/lib/x/stamp', true],
    ['/a+b', '/aab', false],
  ])('%s means %s: %s', (pattern, path, meant) => {
    expect(fits(path, pattern)).toBe(meant);
  });
});

describe('the verdict', () => {
  const verdict = judge(comparison, { 'holds the day': ['/boot/initrd*'], 'was a cache': ['/var/gone'] });

  it('has a reason for what is expected, and takes the rest for findings', () => {
    expect(verdict.explained.map(({ path, reason }) => [path, reason])).toEqual([
      ['/boot/initrd.img-6.12', 'holds the day'],
    ]);
    expect(verdict.findings.map(({ path }) => path)).toEqual(['/etc/shadow']);
  });

  it('tells rows whose paths no longer differ', () => {
    expect(verdict.idle).toEqual(['/var/gone']);
    expect(verdictLines(verdict).join('\n')).toContain('no longer differs: /var/gone');
  });

  it('is an error that lists every finding', () => {
    expect(() => requireNoFindings(verdict)).toThrow('/etc/shadow: content (5 bytes), mode (0640 and 0600)');
    expect(() => requireNoFindings({ findings: [] })).not.toThrow();
  });

  it('is told in numbers', () => {
    expect(verdictLines(verdict)[0]).toBe('  7 paths compared, 2 differ; 1 time of last change besides.');
  });
});

describe('appliance/differences.yaml', () => {
  it('can be read, each row with a reason', async () => {
    for (const [reason, patterns] of Object.entries(await readExpected())) {
      expect(reason.length).toBeGreaterThan(20);
      expect(patterns).not.toEqual([]);
    }
  });
});
