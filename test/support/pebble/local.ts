import { Applicant } from './applicant.ts';
import { openFront } from './front.ts';
import { type Meddler, openMeddler } from './meddler.ts';
import { freePort, type Pebble, type PebbleOptions, startPebble } from './pebble.ts';

/** Pebble and a VM that wants certificates, on this machine: it is known by its address 127.0.0.1. */
export interface Local {
  readonly pebble: Pebble;
  readonly meddler: Meddler;
  readonly applicant: Applicant;
  close(): Promise<void>;
}

export async function openLocal(options: PebbleOptions = {}): Promise<Local> {
  const [httpPort, tlsPort] = [await freePort(), await freePort()];
  const pebble = await startPebble({ ...options, httpPort, tlsPort });
  const meddler = await openMeddler(pebble);
  const applicant = await Applicant.open();
  const { challenges } = applicant;
  const front = await openFront({ challenges, address: '127.0.0.1', http: httpPort, https: tlsPort });
  return {
    pebble,
    meddler,
    applicant,
    async close() {
      front.close();
      meddler.close();
      await applicant.close();
      await pebble.close();
    },
  };
}
