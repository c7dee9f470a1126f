import { fetchModel } from '../../../../../src/models/download/fetch-model.ts';
import { facts, hubSource, quick } from './fetching-inputs.ts';

/**
 * Fetches the model into the store given, from the mirror given, in a process of its own: prints each state that is
 * new, and at last the record.
 */
const [store = '', mirror = ''] = process.argv.slice(2);
let last = '';
const record = await fetchModel(
  { source: hubSource, id: 'smoke', store, mirror, inspect: () => facts },
  {
    times: quick,
    onProgress: ({ state }) => {
      if (state !== last) process.stdout.write(`${state}\n`);
      last = state;
    },
  },
);
process.stdout.write(`${JSON.stringify(record)}\n`);
