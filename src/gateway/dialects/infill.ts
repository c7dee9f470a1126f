import { invalidParameter } from '../fault.ts';
import type { Dialect } from './dialect.ts';
import { nativeExchange } from './native-answer.ts';
import { errorBody } from './openai.ts';

/** `POST /infill` as llama.vim and llama.vscode speak it: llama-server's own. */
export const infill: Dialect = {
  name: 'llama-server',
  roleFor: () => 'complete',
  errorBody,
  translate(body, context) {
    // The engine does not stop at a missing one: it goes on and fails with 500.
    for (const name of ['input_prefix', 'input_suffix'] as const) {
      if (typeof body[name] !== 'string') throw invalidParameter(name, 'a string');
    }
    if (body.prompt !== undefined && typeof body.prompt !== 'string') {
      throw invalidParameter('prompt', 'a string');
    }
    return nativeExchange('/infill', body, context);
  },
};
