import { describe, expect, it } from 'vitest';
import { cleanNodes, findings, type Node } from './small-image.ts';

const replacements: Readonly<Record<string, Node>> = {
  link: { target: '/boot/tool' },
  fifo: { kind: 'fifo', mode: 0o755 },
  directory: { kind: 'directory' },
};

describe('a file of a package', () => {
  it.each(Object.entries(replacements))('is found out when it has become a %s', async (kind, tool) => {
    expect(await findings({ ...cleanNodes(), '/usr/bin/tool': tool })).toEqual([
      `ownership: /usr/bin/tool is a ${kind}, but a file of the package base`,
    ]);
  });
});
