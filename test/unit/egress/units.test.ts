import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { egressSocket, pathsUnder, units } from '../../../src/machine/paths.ts';

const unit = (name: string) => readFile(resolve('appliance/rootfs/usr/lib/systemd/system', name), 'utf8');
const lines = async (name: string) => (await unit(name)).split('\n');

describe('the units', () => {
  it('leave the gateway without a network of its own', async () => {
    expect(await lines(units.gateway)).toContain('PrivateNetwork=yes');
  });

  it('let the gateway alone open the way out', async () => {
    expect(await lines(units.egressSocket)).toEqual(
      expect.arrayContaining([
        `ListenStream=${egressSocket}`,
        'SocketUser=onepilot-gateway',
        'SocketMode=0600',
      ]),
    );
  });

  it('run the egress as a user of its own, on the file that the agent writes', async () => {
    const service = await lines(units.egress);
    expect(service).toEqual(expect.arrayContaining(['User=onepilot-egress', 'Group=onepilot-egress']));
    const start = service.find((line) => line.startsWith('ExecStart=')) ?? '';
    expect(start.endsWith(` ${pathsUnder('/').upstreams}`)).toBe(true);
  });

  it('start nothing of it by themselves', async () => {
    for (const name of [units.egress, units.egressSocket])
      expect(await unit(name)).not.toContain('[Install]');
  });
});
