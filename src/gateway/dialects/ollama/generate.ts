import { fault, invalidParameter } from '../../fault.ts';
import type { JsonObject } from '../../json.ts';
import type { Dialect } from '../dialect.ts';
import { generateShape, ollamaExchange, type Question } from './answer.ts';
import { chatFields } from './chat.ts';
import { errorBody } from './errors.ts';
import { requireNoImages } from './messages.ts';
import { samplingFrom, schemaFrom } from './options.ts';
import { preparation } from './preparation.ts';
import { chatReader, nativeReader } from './read-answer.ts';

/**
 * What only a prompt for filling a gap holds (the tokens of Qwen, StarCoder, DeepSeek, CodeLlama and Codestral). Twinny
 * sends such prompts without `raw`, since Ollama's templates of these models let them through.
 */
const gapTokens =
  /<\|?fim_(?:prefix|suffix|middle)\|?>|<｜fim▁(?:begin|hole|end)｜>|<(?:PRE|SUF|MID)>|\[(?:PREFIX|SUFFIX)\]/;

/**
 * `POST /api/generate`: a chat of one message; with a `suffix`, the text between; with `raw`, the continuation of a
 * prompt as it is; without a prompt, the loading of the model.
 */
export const ollamaGenerate: Dialect = {
  name: 'ollama',
  roleFor: (body) => (isGap(body) || isRaw(body) ? 'complete' : 'chat'),
  errorBody,
  translate(body, context) {
    for (const name of ['prompt', 'suffix', 'system', 'template'] as const) {
      const value = body[name];
      if (value !== undefined && value !== null && typeof value !== 'string')
        throw invalidParameter(name, 'a string');
    }
    requireNoImages(body.images);
    if (!body.prompt && !isGap(body)) return preparation(body, context, generateShape);
    if (body.template && !isRaw(body)) {
      const message = 'its template comes with it; format the prompt yourself and send it with "raw": true';
      throw fault('not_supported', { message });
    }
    return ollamaExchange(body, context, questionFor(body));
  },
};

function questionFor(body: JsonObject): Question {
  const { prompt = '', suffix = '', system } = body;
  const reading = { reader: nativeReader, shape: generateShape };
  if (isGap(body)) {
    const sent = { ...nativeFields(body), input_prefix: prompt ?? '', input_suffix: suffix };
    return { path: '/infill', sent, ...reading };
  }
  if (isRaw(body)) return { path: '/completion', sent: { ...nativeFields(body), prompt }, ...reading };
  const messages = [
    ...(system ? [{ role: 'system', content: system }] : []),
    { role: 'user', content: prompt },
  ];
  const sent = { messages, ...chatFields(body) };
  return { path: '/v1/chat/completions', sent, reader: chatReader, shape: generateShape };
}

function isGap({ suffix }: JsonObject): boolean {
  return typeof suffix === 'string' && suffix !== '';
}

function isRaw({ raw, prompt }: JsonObject): boolean {
  return raw === true || (typeof prompt === 'string' && gapTokens.test(prompt));
}

/** What a text is asked beside its prompt; llama-server takes a schema there, and no `response_format`. */
function nativeFields(body: JsonObject): JsonObject {
  const schema = schemaFrom(body);
  return { ...samplingFrom(body), ...(schema && { json_schema: schema }) };
}
