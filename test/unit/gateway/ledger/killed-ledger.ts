import { Ledger } from '../../../../src/gateway/ledger/ledger.ts';
import { served } from './served.ts';

/** Accounts for a request every few milliseconds and says when, until it is killed. */
const ledger = new Ledger({ directory: process.argv[2] ?? '', days: 3650, log: () => {} });
setInterval(() => {
  const at = Date.now();
  ledger.account(served({ at }));
  process.stdout.write(`${at}\n`);
}, 5);
