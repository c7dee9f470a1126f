import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAssignment, renderContext } from '../../../src/vm/context-disk.ts';
import { endOfConsole, outcomeIn } from '../../../src/vm/machine.ts';
import { freePort, requireFreePort } from '../../../src/vm/ports.ts';
import { qemuArguments } from '../../../src/vm/qemu.ts';

describe('context.sh', () => {
  it('means to a shell what was given', () => {
    const text = fc
      .string({ unit: 'grapheme' })
      .filter((value) => !value.includes('\0') && !value.includes('\r'));
    fc.assert(
      fc.property(text, (value) => {
        const script = `${renderContext({ KEY: value })}\nprintf %s "$KEY"`;
        expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(value);
      }),
      { numRuns: 100 },
    );
  });

  it('takes KEY=VALUE, with = and newlines in the value', () => {
    expect(parseAssignment('A_1=b=c\nd', '--set number 1')).toEqual(['A_1', 'b=c\nd']);
  });

  it.each(['', 'A', 'a=b', '1A=b', '=b'])('refuses «%s»', (text) => {
    expect(() => parseAssignment(text, 'Line 2 of f')).toThrow('Line 2 of f is no KEY=VALUE');
  });

  it.each(['key=secret', 'secret', 'secret=='])('does not repeat what was refused', (text) => {
    expect(() => parseAssignment(text, 'Line 2 of f')).toThrow(/^(?!.*secret)/);
  });
});

describe('the console', () => {
  it('tells the last word of the appliance', () => {
    expect(outcomeIn('x\r\n[ 1.0] OnePilot: booting\r\n')).toBeUndefined();
    expect(outcomeIn('[31.2] OnePilot: ready at https://10.0.2.15/\n')).toEqual({
      state: 'ready',
      text: 'at https://10.0.2.15/',
    });
    expect(outcomeIn('OnePilot: failed: no model\n')).toEqual({ state: 'failed', text: 'no model' });
  });

  it('shows its end', () => {
    expect(endOfConsole('a\n\nb\nc\n', 2)).toBe('    b\n    c');
    expect(endOfConsole('')).toBe('    (nothing)');
  });
});

describe('QEMU', () => {
  const shape = {
    hypervisor: { accelerator: 'tcg', qemu: 7 },
    memory: 1024,
    firmware: 'bios',
    disk: '/d',
    ports: { https: 1, ssh: 2 },
    directory: '/v',
  } as const;

  it('gets one CPU under emulation', () => {
    expect(qemuArguments(shape, 8).join(' ')).toContain('-smp 1 ');
  });

  it('gets paths with commas as one', () => {
    const shapeWithCommas = { ...shape, disk: '/a,b', directory: '/v,w' };
    const line = qemuArguments(shapeWithCommas, 1).join(' ');
    expect(line).toContain('file=/a,,b,id=disk,if=virtio');
    expect(line).toContain('unix:/v,,w/qmp.sock,server=on');
    expect(line).toContain('-serial file:/v,w/console.log');
  });

  it('refuses a directory whose path is too long for a socket', () => {
    const directory = `/${'v'.repeat(98)}`;
    expect(() => qemuArguments({ ...shape, directory: directory.slice(1) }, 1)).not.toThrow();
    expect(() => qemuArguments({ ...shape, directory }, 1)).toThrow('has at most 107 bytes');
  });

  it('forwards only to this host', () => {
    expect(qemuArguments(shape, 2).join(' ')).toContain('hostfwd=tcp:127.0.0.1:1-:443');
  });
});

it('names a port that is taken', async () => {
  const server = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await expect(requireFreePort(port)).rejects.toMatchObject({ code: 'VM_PORT_TAKEN' });
  server.close();
});
