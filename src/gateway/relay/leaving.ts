import type { ServerResponse } from 'node:http';
import { fault } from '../fault.ts';

/** Why an exchange ended early when the client closed the connection: there is nobody to tell. */
export class ClientLeft extends Error {}

/** Ends an exchange early: with `ClientLeft`, or with `gateway_stopping` when `stopping` aborts. */
export interface Leaving {
  readonly signal: AbortSignal;
  /** To be called when the exchange is over, however it ended. */
  release(): void;
}

export function watchLeaving(raw: ServerResponse, stopping: AbortSignal): Leaving {
  const controller = new AbortController();
  const onClose = () => controller.abort(new ClientLeft());
  const onStopping = () => controller.abort(fault('gateway_stopping', {}));
  if (raw.destroyed) onClose();
  if (stopping.aborted) onStopping();
  raw.once('close', onClose);
  stopping.addEventListener('abort', onStopping, { once: true });
  return {
    signal: controller.signal,
    release() {
      raw.off('close', onClose);
      stopping.removeEventListener('abort', onStopping);
    },
  };
}
