import { describe, expect, it } from 'vitest';
import type { RouterStatus } from '../../../src/engine/client.ts';
import type { MemoryReading } from '../../../src/engine/pressure.ts';
import { type Keeping, keep, newKeeping, type Use } from '../../../src/gateway/keeping/keep.ts';
import { backoff, type Resident, reconsidered } from '../../../src/gateway/keeping/residence.ts';

const chat: Resident = { id: 'chat', main: true, architecture: 'qwen2' };
const fim: Resident = { id: 'fim', main: false };

/** An engine and a clock that obey the orders of `keep`, without any request in flight unless `uses` says so. */
class Life {
  keeping: Keeping = newKeeping;
  now = 0;
  memory: MemoryReading = { stall: { some: 0, full: 0 }, oomKills: 0, anonymous: 100, available: 1000 };
  engine: Map<string, RouterStatus> | undefined = new Map([
    ['chat', 'loaded'],
    ['fim', 'loaded'],
  ]);
  uses: Readonly<Record<string, Use>> = {};
  /** What a load ends with. */
  outcome: RouterStatus = 'loaded';
  readonly orders: string[] = [];

  /** One look, `seconds` after the last. */
  look(seconds = 2, wanted?: string): void {
    this.now += seconds * 1000;
    const sight = { now: this.now, memory: this.memory, engine: this.engine };
    const use = (id: string) => this.uses[id] ?? { inFlight: 0, lastUsed: 0 };
    const { keeping, orders } = keep(this.keeping, [chat, fim], sight, use, wanted);
    this.keeping = keeping;
    for (const id of orders.load) {
      this.orders.push(`${this.now / 1000} load ${id}`);
      this.engine?.set(id, this.outcome);
    }
    for (const id of orders.unload) {
      this.orders.push(`${this.now / 1000} unload ${id}`);
      this.engine?.set(id, 'unloaded');
    }
  }

  looks(count: number, seconds = 2): void {
    for (let look = 0; look < count; look += 1) this.look(seconds);
  }

  kindOf(id: string) {
    return this.keeping.models.get(id)?.residence.kind;
  }

  press(): void {
    this.memory = { ...this.memory, stall: { some: 90, full: 50 } };
  }

  relax(): void {
    this.memory = { ...this.memory, stall: { some: 0, full: 0 } };
  }
}

describe('a model that died', () => {
  it('is loaded again after a second, unasked', () => {
    const life = new Life();
    life.look();
    life.engine?.set('chat', 'failed');
    life.look();
    expect(life.kindOf('chat')).toBe('down');
    life.look();
    expect(life.orders).toEqual(['6 load chat']);
    life.look();
    expect(life.kindOf('chat')).toBe('loaded');
  });

  it('again and again is loaded after longer and longer, a minute at most, yet never given up', () => {
    const life = new Life();
    life.look(1);
    for (let look = 0; look < 400; look += 1) {
      life.look(1);
      if (life.kindOf('chat') === 'loaded') life.engine?.set('chat', 'failed');
    }
    const times = life.orders.map((order) => Number(order.split(' ')[0]));
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    // Two looks more: one to see it up, one to see it down.
    expect(pauses.slice(0, 8)).toEqual([4, 6, 10, 18, 34, 62, 62, 62]);
  });

  it('after a minute of service is loaded after a second again', () => {
    const life = new Life();
    life.look();
    const die = () => {
      life.engine?.set('chat', 'failed');
      life.looks(5, 1);
    };
    die();
    die();
    expect(life.orders).toEqual(['4 load chat', '10 load chat']);
    life.looks(2, 60);
    die();
    expect(life.orders.slice(2)).toEqual(['134 load chat']);
  });

  it('is left alone while the engine does not answer', () => {
    const life = new Life();
    life.look();
    life.engine = undefined;
    life.looks(20);
    expect(life.orders).toEqual([]);
    expect(life.kindOf('chat')).toBe('loaded');
  });
});

describe('a model that does not load', () => {
  const failing = () => {
    const life = new Life();
    life.engine = new Map([
      ['chat', 'failed'],
      ['fim', 'loaded'],
    ]);
    life.outcome = 'failed';
    return life;
  };

  it('is tried three times in all, then for an hour not', () => {
    const life = failing();
    life.looks(1700);
    expect(life.orders).toEqual(['4 load chat', '8 load chat']);
    expect(life.kindOf('chat')).toBe('failed');
    life.looks(200);
    expect(life.orders.slice(2)).toEqual(['3610 load chat', '3614 load chat', '3620 load chat']);
  });

  it('is diagnosed by what the kernel killed meanwhile', () => {
    const life = failing();
    life.look();
    life.memory = { ...life.memory, oomKills: 1 };
    life.looks(10);
    const residence = life.keeping.models.get('chat')?.residence;
    expect(residence).toMatchObject({ kind: 'failed', diagnosis: { code: 'MODEL_TOO_BIG' } });
  });

  it('is tried again at once when the configuration changes', () => {
    const life = failing();
    life.looks(10);
    const before = life.orders.length;
    const models = [...life.keeping.models].map(([id, kept]) => [id, reconsidered(kept, life.now)] as const);
    life.keeping = { ...life.keeping, models: new Map(models) };
    life.outcome = 'loaded';
    life.look();
    life.look();
    expect(life.orders).toHaveLength(before + 1);
    expect(life.kindOf('chat')).toBe('loaded');
  });
});

describe('under pressure', () => {
  it('the idle model goes, and comes back for a request once there is room and half a minute of calm', () => {
    const life = new Life();
    life.look();
    life.press();
    life.uses = { chat: { inFlight: 1, lastUsed: 0 } };
    life.looks(4);
    expect(life.orders).toEqual(['10 unload fim']);
    life.memory = { ...life.memory, anonymous: 30, available: 60 };
    life.look();
    expect(life.keeping.models.get('fim')?.residence).toEqual({ kind: 'shed', needs: 70 });

    life.relax();
    life.look(2, 'fim');
    expect(life.orders).toHaveLength(1);
    life.looks(15);
    life.look(2, 'fim');
    expect(life.orders).toHaveLength(1);
    life.memory = { ...life.memory, available: 70 };
    life.look();
    expect(life.orders).toHaveLength(1);
    life.look(2, 'fim');
    expect(life.orders.slice(1)).toEqual(['50 load fim']);
  });

  it('the main model is the last to go, ten seconds later, and comes back unasked', () => {
    const life = new Life();
    life.look();
    life.press();
    life.looks(12);
    expect(life.orders).toEqual(['10 unload fim', '20 unload chat']);
    life.relax();
    life.looks(16);
    expect(life.orders.slice(2)).toEqual(['58 load chat']);
  });

  it('the main model stays while it has a stream', () => {
    const life = new Life();
    life.look();
    life.press();
    life.uses = { chat: { inFlight: 1, lastUsed: 0 } };
    life.looks(30);
    expect(life.orders).toEqual(['10 unload fim']);
  });

  it('a model that the kernel killed is not loaded at once, but the main one is', () => {
    const life = new Life();
    life.look();
    life.memory = { ...life.memory, oomKills: 2, anonymous: 30 };
    life.uses = { chat: { inFlight: 1, lastUsed: 0 } };
    life.engine?.set('fim', 'failed');
    life.engine?.set('chat', 'failed');
    life.looks(3);
    expect(life.keeping.models.get('fim')?.residence).toEqual({ kind: 'shed', needs: 70 });
    expect(life.orders).toEqual(['6 load chat']);
  });

  it('a model that does not end when told so counts as there again', () => {
    const life = new Life();
    life.look();
    life.press();
    life.looks(3);
    life.look();
    life.engine?.set('fim', 'loaded');
    life.uses = { chat: { inFlight: 1, lastUsed: 0 }, fim: { inFlight: 1, lastUsed: 0 } };
    life.looks(6);
    expect(life.kindOf('fim')).toBe('leaving');
    life.looks(2);
    expect(life.kindOf('fim')).toBe('loaded');
  });

  it('a model that the engine’s restart brought back is there', () => {
    const life = new Life();
    life.look();
    life.press();
    life.looks(6);
    expect(life.kindOf('fim')).toBe('shed');
    life.engine?.set('fim', 'loading');
    life.look();
    expect(life.kindOf('fim')).toBe('loading');
  });
});

it('a model that nobody has loaded yet is, at the first look', () => {
  const life = new Life();
  life.engine?.set('fim', 'unloaded');
  life.look();
  expect(life.orders).toEqual(['2 load fim']);
});

it('the pauses are 1, 2, 4 … 60 seconds', () => {
  expect([0, 1, 2, 5, 6, 7, 100].map(backoff)).toEqual([1, 2, 4, 32, 60, 60, 60]);
});
