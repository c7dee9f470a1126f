import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Admission, type Turn } from '../../../../src/gateway/admission/admission.ts';
import type { Wish } from '../../../../src/gateway/admission/wish.ts';

let now: number;
let admission: Admission;
let begun: string[];
let count: number;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  now = 1000;
  count = 0;
  begun = [];
  admission = new Admission(() => now);
});
afterEach(() => void vi.useRealTimers());

const forever = new AbortController().signal;

/** Joins, and notes under `name` when its turn has come. */
async function join(name: string, wish: Partial<Wish> = {}, signal = forever): Promise<Turn> {
  count += 1;
  const usual = {
    key: 'ana',
    source: '10.0.0.1',
    replaces: false,
    session: '',
    role: 'chat',
    model: 'm',
    slots: 1,
  } as const;
  const turn = admission.join({ id: `${name}-${count}`, ...usual, ...wish }, signal);
  turn.begins.then(() => begun.push(name)).catch(() => {});
  await settle();
  return turn;
}

const settle = () => vi.advanceTimersByTimeAsync(0);

/** A turn that takes so many seconds. */
async function serve(turn: Turn, seconds = 1): Promise<void> {
  now += seconds * 1000;
  turn.end();
  await settle();
}

const codeOf = (error: unknown) =>
  expect.objectContaining({ error: expect.objectContaining({ code: error }) });

describe('whose turn it is', () => {
  it('is the next one’s when a slot is free', async () => {
    const first = await join('first');
    await join('second');
    expect(begun).toEqual(['first']);
    await serve(first);
    expect(begun).toEqual(['first', 'second']);
  });

  it('is as many requests’ as the model has slots', async () => {
    for (const name of ['a', 'b', 'c']) await join(name, { slots: 2 });
    expect(begun).toEqual(['a', 'b']);
  });

  it('a key that floods makes another wait for no more than the turn that runs', async () => {
    const flood = await join('flood');
    for (let index = 0; index < 60; index += 1) await join('flood');
    await join('one', { key: 'ben' });
    await serve(flood, 30);
    expect(begun).toEqual(['flood', 'one']);
  });

  it('alternates between keys that both have more to do', async () => {
    const turns = [await join('a')];
    for (let index = 0; index < 3; index += 1) turns.push(await join('a'), await join('b', { key: 'ben' }));
    for (const turn of [turns[0], turns[2], turns[1], turns[4]]) if (turn) await serve(turn, 5);
    expect(begun.slice(0, 4)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('counts time, not requests: after a long turn the other key has several', async () => {
    const long = await join('a');
    const b1 = await join('b', { key: 'ben' });
    await join('a');
    const b2 = await join('b', { key: 'ben' });
    await join('b', { key: 'ben' });
    await serve(long, 100);
    await serve(b1, 1);
    await serve(b2, 1);
    expect(begun).toEqual(['a', 'b', 'b', 'b']);
  });

  it('a key that was idle has saved nothing up', async () => {
    for (let index = 0; index < 5; index += 1) await serve(await join('a'), 10);
    const late = [await join('b', { key: 'ben' }), await join('b', { key: 'ben' })];
    await join('b', { key: 'ben' });
    await join('a');
    for (const turn of late) await serve(turn, 10);
    expect(begun.slice(5)).toEqual(['b', 'b', 'a']);
  });

  it('is a completion’s before everything else', async () => {
    const first = await join('chat');
    await join('chat', { key: 'ben' });
    await join('completion', { role: 'complete', key: 'cleo' });
    await serve(first);
    expect(begun).toEqual(['chat', 'completion']);
  });

  it('a key that floods with completions passes a chat once', async () => {
    const flood = await join('flood', { role: 'complete' });
    await join('chat', { key: 'ben' });
    const second = await join('flood', { role: 'complete' });
    for (let index = 0; index < 30; index += 1) await join('flood', { role: 'complete' });
    await serve(flood, 2);
    await serve(second, 2);
    expect(begun).toEqual(['flood', 'flood', 'chat']);
  });

  it('of a model that completes code too, agents leave one slot for that while somebody types', async () => {
    await serve(await join('completion', { role: 'complete', slots: 2 }), 1);
    await join('agent', { slots: 2 });
    await join('other agent', { slots: 2, key: 'ben' });
    expect(begun).toEqual(['completion', 'agent']);
    await join('completion', { role: 'complete', slots: 2 });
    expect(begun).toEqual(['completion', 'agent', 'completion']);
  });

  it('other models step back for a completion, though not for long', async () => {
    await join('completion', { role: 'complete', model: 'small' });
    await join('chat');
    expect(begun).toEqual(['completion']);
    now += 5001;
    await vi.advanceTimersByTimeAsync(5001);
    expect(begun).toEqual(['completion', 'chat']);
  });

  it('is over for one that has left while it waited', async () => {
    const first = await join('first');
    const gone = await join('gone', { key: 'ben' });
    await join('third', { key: 'cleo' });
    gone.end();
    await serve(first);
    expect(begun).toEqual(['first', 'third']);
  });

  it('rejects with the reason when the client leaves', async () => {
    await join('first');
    const leaving = new AbortController();
    const turn = await join('gone', {}, leaving.signal);
    leaving.abort(new Error('left'));
    await expect(turn.begins).rejects.toThrow('left');
  });

  it('is given back once, however often that is said', async () => {
    const first = await join('first');
    await join('second');
    first.end();
    first.end();
    await join('third');
    expect(begun).toEqual(['first', 'second']);
  });
});

describe('of completions', () => {
  const typing = { role: 'complete', replaces: true } as const;

  it('the newest of the same place counts, and the one it replaces is told', async () => {
    const first = await join('first', typing);
    const old = await join('old', typing);
    await join('new', typing);
    await expect(old.begins).rejects.toEqual(codeOf('superseded'));
    await serve(first);
    expect(begun).toEqual(['first', 'new']);
  });

  it.each([{ source: '10.0.0.2' }, { key: 'ben' }])('another place keeps its own (%o)', async (other) => {
    const first = await join('first', typing);
    const theirs = await join('theirs', { ...typing, ...other });
    await join('new', typing);
    await serve(first);
    await serve(theirs);
    expect(begun).toContain('theirs');
  });
});

describe('a full queue', () => {
  const fill = async (size = 64, wish: Partial<Wish> = {}) => {
    const turns = [];
    for (let index = 0; index < size; index += 1) turns.push(await join('waiting', wish));
    return turns;
  };

  it('refuses with the time to wait, as measured', async () => {
    await serve(await join('measured'), 0.25);
    await join('first');
    await fill();
    expect(() => admission.join(wishOf('ana'), forever)).toThrow(
      expect.objectContaining({ status: 429, retryAfter: 16 }),
    );
  });

  it('never says to wait for longer than a minute', async () => {
    await join('first');
    await fill();
    expect(() => admission.join(wishOf('ana'), forever)).toThrow(expect.objectContaining({ retryAfter: 59 }));
  });

  it('has room for another key: the largest gives up its newest', async () => {
    const first = await join('first');
    const waiting = await fill();
    await join('one', { key: 'ben' });
    await expect(waiting.at(-1)?.begins).rejects.toEqual(codeOf('queue_full'));
    await serve(first);
    expect(begun).toEqual(['first', 'one']);
  });

  it('is one model’s: others have their own', async () => {
    await join('first');
    await fill();
    await join('elsewhere', { model: 'other' });
    expect(begun).toContain('elsewhere');
  });
});

const wishOf = (key: string): Wish => ({
  id: 'x',
  key,
  source: 's',
  replaces: false,
  session: '',
  role: 'chat',
  model: 'm',
  slots: 1,
});

it('says who is where, in the order in which they will begin', async () => {
  await serve(await join('measured'), 4);
  await join('runs');
  await join('a');
  await join('a');
  await join('b', { key: 'ben' });
  expect(
    admission.places.map(({ key, position, expectedSeconds }) => [key, position, expectedSeconds]),
  ).toEqual([
    ['ben', 1, 4],
    ['ana', 2, 8],
    ['ana', 3, 12],
  ]);
  expect(admission.queues).toEqual([{ model: 'm', running: 1, waiting: 3 }]);
});
