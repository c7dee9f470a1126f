/**
 * `orderCertificate` as a process, which can be on another host and be killed: reads `OrderRequest` from its input and
 * prints what is logged, then one line of JSON, `OrderOutcome`.
 */
import { text } from 'node:stream/consumers';
import { orderCertificate } from '../../../src/certificates/acme/order.ts';
import { OnePilotError } from '../../../src/errors/catalogue.ts';
import { type OrderOutcome, OrderRequest } from './order-request.ts';

const request = OrderRequest.parse(JSON.parse(await text(process.stdin)));
const log = (line: string) => process.stdout.write(`${line}\n`);

let outcome: OrderOutcome;
try {
  const ordered = await orderCertificate({ ...request, log, signal: new AbortController().signal });
  await ordered.stored();
  outcome = ordered;
} catch (error) {
  if (!(error instanceof OnePilotError)) throw error;
  outcome = { code: error.code, message: error.message, fix: error.fix };
}
process.stdout.write(`${JSON.stringify(outcome)}\n`);
