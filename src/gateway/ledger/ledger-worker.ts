import { parentPort, workerData } from 'node:worker_threads';
import { LedgerDatabase } from './ledger-database.ts';
import type { LedgerAnswer, LedgerOrder, LedgerResult, LedgerWorkerData, MovedAside } from './messages.ts';

/** The thread of the ledger: nothing but its database, so that a slow disk holds up nobody else. */

/** Milliseconds. */
const forgetInterval = 3_600_000;

function main(port: NonNullable<typeof parentPort>, { directory, days: keptDays }: LedgerWorkerData): void {
  /** Of which nobody has been told. */
  let movedAside: MovedAside[] = [];
  const database = new LedgerDatabase(directory, (moved) => void movedAside.push(moved));
  let days = keptDays;

  const forget = () => {
    try {
      // The rest after what has come meanwhile.
      if (!database.forget(Date.now(), days)) setImmediate(forget);
    } catch {
      // Writing meets the same problem, and says so.
    }
  };
  const timer = setInterval(forget, forgetInterval);
  setImmediate(forget);

  const obey = (order: LedgerOrder): LedgerResult => {
    switch (order.do) {
      case 'write':
        database.write(order.served);
        return {};
      case 'usage':
        return { usage: database.usage(order.query) };
      case 'tokens today':
        return { tokens: database.tokensToday(Date.now()) };
      case 'keep':
        days = order.days;
        forget();
        return {};
      case 'close':
        clearInterval(timer);
        database.close();
        return {};
    }
  };

  port.on('message', ({ number, order }: { number: number; order: LedgerOrder }) => {
    const send = (rest: Pick<LedgerAnswer, 'result' | 'problem'>) => {
      port.postMessage({ number, movedAside, ...rest } satisfies LedgerAnswer);
      movedAside = [];
    };
    try {
      send({ result: obey(order) });
    } catch (error) {
      send({ problem: error instanceof Error ? error.message : String(error) });
    }
    if (order.do === 'close') port.close();
  });
}

if (parentPort) main(parentPort, workerData);
