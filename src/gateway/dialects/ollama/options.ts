import { invalidParameter } from '../../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';

/**
 * Ollama's options that say something of the answer, by the names that llama-server has for them. The others describe
 * how a model is loaded (`num_ctx`, `num_gpu`…), which is decided here already, and are left out
 * (https://github.com/ollama/ollama/blob/main/docs/modelfile.md).
 */
const numbers: Readonly<Record<string, string>> = {
  num_predict: 'max_tokens',
  temperature: 'temperature',
  top_p: 'top_p',
  top_k: 'top_k',
  min_p: 'min_p',
  typical_p: 'typical_p',
  seed: 'seed',
  repeat_penalty: 'repeat_penalty',
  repeat_last_n: 'repeat_last_n',
  presence_penalty: 'presence_penalty',
  frequency_penalty: 'frequency_penalty',
  mirostat: 'mirostat',
  mirostat_tau: 'mirostat_tau',
  mirostat_eta: 'mirostat_eta',
};

/** Throws the fault of an option that is wrong. Those that are null are not there. */
export function samplingFrom({ options }: JsonObject): JsonObject {
  if (options === undefined || options === null) return {};
  if (!isJsonObject(options)) throw invalidParameter('options', 'an object');
  const sampling: JsonObject = {};
  for (const [name, ours] of Object.entries(numbers)) {
    const value = options[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number') throw invalidParameter(`options.${name}`, 'a number');
    // -1 is without limit, -2 up to the end of the context: as if it were left out.
    if (name !== 'num_predict' || value >= 0) sampling[ours] = value;
  }
  return { ...sampling, ...stopFrom(options.stop) };
}

function stopFrom(stop: JsonValue | undefined): JsonObject {
  if (stop === undefined || stop === null) return {};
  const texts = typeof stop === 'string' ? [stop] : stop;
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) {
    throw invalidParameter('options.stop', 'a string or an array of strings');
  }
  return texts.length > 0 ? { stop: texts } : {};
}

/** The JSON schema that the answer must match; `undefined` where any text is good. */
export function schemaFrom({ format }: JsonObject): JsonObject | undefined {
  if (format === undefined || format === null || format === '') return undefined;
  if (format === 'json') return { type: 'object' };
  if (isJsonObject(format)) return format;
  throw invalidParameter('format', '"json" or a JSON schema');
}

/** What the chat template is told of thinking; nothing where the client leaves it to the model. */
export function thinkingFrom({ think }: JsonObject): JsonObject {
  if (typeof think === 'boolean') return { chat_template_kwargs: { enable_thinking: think } };
  if (typeof think !== 'string' || think === '') return {};
  return { chat_template_kwargs: { enable_thinking: true, reasoning_effort: think } };
}

/** Ollama streams unless it is told not to. */
export function wantsStream({ stream }: JsonObject): boolean {
  return stream !== false;
}

/** Whether `keep_alive` tells that the model is to be unloaded; numbers are seconds. */
export function wantsUnload({ keep_alive }: JsonObject): boolean {
  return keep_alive === 0 || (typeof keep_alive === 'string' && /^0+[a-z]*$/.test(keep_alive));
}
