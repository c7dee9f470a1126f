import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  judge,
  type MemoryReading,
  modelToShed,
  noPressure,
  type Pressure,
} from '../../../src/engine/pressure.ts';
import { parseStall, readMemory } from '../../../src/engine/pressure-files.ts';

const stalled: MemoryReading = { stall: { some: 60, full: 30 } };
const calm: MemoryReading = { stall: { some: 0, full: 0 } };

/** The state after readings two seconds apart, from `start` on. */
function stateAfter(readings: readonly MemoryReading[], start: Pressure = noPressure): Pressure {
  return readings.reduce((state, reading, index) => judge(state, reading, index * 2000), start);
}

describe('pressure', () => {
  it('is high once tasks have waited for six seconds, not after a spike', () => {
    expect(stateAfter([stalled, stalled, stalled]).high).toBe(false);
    expect(stateAfter([stalled, stalled, calm, stalled, stalled]).high).toBe(false);
    expect(stateAfter([stalled, stalled, stalled, stalled]).high).toBe(true);
  });

  it('ends after half a minute of calm, and not while it swings', () => {
    const high: Pressure = { high: true };
    expect(stateAfter(Array(15).fill(calm), high).high).toBe(true);
    expect(stateAfter(Array(16).fill(calm), high).high).toBe(false);
    expect(stateAfter([...Array(14).fill(calm), stalled, ...Array(14).fill(calm)], high).high).toBe(true);
  });

  it('is high at once when the kernel kills a process for memory', () => {
    expect(stateAfter([{ ...calm, oomKills: 3 }]).high).toBe(false);
    expect(stateAfter([{ ...calm, oomKills: 3 }, calm, { ...calm, oomKills: 4 }]).high).toBe(true);
  });

  it('is not high after a restart of the engine’s unit, whose count begins at nothing', () => {
    expect(stateAfter([{ oomKills: 3 }, { oomKills: 0 }, { oomKills: 0 }]).high).toBe(false);
  });

  it('is not high where the kernel does not say', () => {
    expect(stateAfter(Array(10).fill({})).high).toBe(false);
  });
});

describe('the model to give up', () => {
  const main = { id: 'chat', main: true, inFlight: 0, lastUsed: 1 };
  const fim = { id: 'fim', main: false, inFlight: 0, lastUsed: 5 };
  const embed = { id: 'embed', main: false, inFlight: 0, lastUsed: 3 };

  it.each([
    [[main, fim, embed], 'embed'],
    [[main, fim, { ...embed, inFlight: 1 }], 'fim'],
    [[main, { ...fim, inFlight: 1 }, { ...embed, inFlight: 2 }], undefined],
    [[main], 'chat'],
    [[{ ...main, inFlight: 1 }], undefined],
    [[{ ...main, inFlight: 1 }, fim], 'fim'],
    [[], undefined],
  ])('of %j is %s', (running, expected) => {
    expect(modelToShed(running)).toBe(expected);
  });
});

describe('the kernel’s files', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'pressure-'));
  });
  afterAll(() => rm(root, { recursive: true }));

  const psi = (some: string, full: string) =>
    `some avg10=${some} avg60=0.10 avg300=0.00 total=12345\nfull avg10=${full} avg60=0.00 avg300=0.00 total=99\n`;

  async function write(files: Readonly<Record<string, string>>) {
    const directory = await mkdtemp(join(root, 'machine-'));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    return {
      engineGroup: join(directory, 'group/engine'),
      rootGroup: join(directory, 'group'),
      nodes: join(directory, 'node'),
    };
  }

  const meminfo = (node: number, free: number) =>
    [
      `Node ${node} MemTotal:       11888852 kB`,
      `Node ${node} MemFree:        ${free} kB`,
      `Node ${node} Active(file):       100 kB`,
      `Node ${node} Inactive(file):      50 kB`,
      `Node ${node} FilePages:      2955948 kB`,
      `Node ${node} SReclaimable:        10 kB`,
      '',
    ].join('\n');

  it('say the worse of machine and engine, and what all nodes could give', async () => {
    const sources = await write({
      'group/memory.pressure': psi('3.00', '1.50'),
      'group/engine/memory.pressure': psi('2.25', '2.00'),
      'group/engine/memory.events': 'low 0\nhigh 0\nmax 0\noom 2\noom_kill 7\noom_group_kill 0\n',
      'group/engine/memory.stat': 'anon 4096\nfile 900\nactive_file 200\ninactive_file 100\n',
      'group/engine/memory.current': '5000\n',
      'group/engine/memory.max': 'max\n',
      'node/online': '0-1\n',
      'node/node0/meminfo': meminfo(0, 1000),
      'node/node1/meminfo': meminfo(1, 2000),
    });
    expect(await readMemory(sources)).toEqual({
      stall: { some: 3, full: 2 },
      oomKills: 7,
      anonymous: 4096,
      available: (3000 + 2 * 160) * 1024,
    });
  });

  it('say what the engine’s own limit leaves where that is less', async () => {
    const sources = await write({
      'group/engine/memory.stat': 'anon 4096\nactive_file 200\ninactive_file 100\n',
      'group/engine/memory.current': '5000\n',
      'group/engine/memory.max': '6000\n',
      'node/online': '0\n',
      'node/node0/meminfo': meminfo(0, 1000),
    });
    expect(await readMemory(sources)).toEqual({ anonymous: 4096, available: 1300 });
  });

  it('that are not there say nothing', async () => {
    expect(await readMemory(await write({}))).toEqual({});
  });

  it('of this machine’s memory are understood', async () => {
    const { available } = await readMemory();
    expect(available).toBeGreaterThan(2 ** 20);
  });

  it('that are no PSI are none', () => {
    expect(parseStall('')).toBeUndefined();
    expect(parseStall(psi('0.00', '12.34'))).toEqual({ some: 0, full: 12.34 });
  });
});
