import { expect, it, vi } from 'vitest';
import { thisWorld } from '../../../../src/cli/commands/this-world.ts';

const { capture } = thisWorld();
const generous = 20_000;

it('keeps what a program prints, and how it ends', async () => {
  expect(await capture(['sh', '-c', 'echo out; echo err >&2; exit 3'], generous)).toEqual({
    status: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

it('gives a program no input to wait for', async () => {
  expect(await capture(['cat'], generous)).toMatchObject({ status: 0, stdout: '' });
});

it('says that a program is not there', async () => {
  await expect(capture(['no-such-program'], generous)).rejects.toMatchObject({ code: 'COMMAND_NO_PROGRAM' });
});

it('ends a program that outlives its deadline', async () => {
  await expect(capture(['sleep', '1000'], 50)).rejects.toMatchObject({ code: 'COMMAND_NO_PROGRAM' });
});

it('says nothing that moves the cursor: a CA may have written it', () => {
  const written: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(`${text}`) > 0);
  thisWorld().say('  It failed: \u001b[2Jno.');
  write.mockRestore();
  expect(written).toEqual(['  It failed:  [2Jno.\n']);
});
