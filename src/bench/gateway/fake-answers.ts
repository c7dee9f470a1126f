/** How the fake engine answers. */
export interface Answering {
  /** Milliseconds before an answer to a POST begins. */
  readonly service: number;
  /** Milliseconds between two tokens of an answer; 0 sends all of it at once. */
  readonly pace: number;
}

export const defaultAnswering: Answering = { service: 0, pace: 0 };

/** What is sent: `first` at once, each of `tokens` after its pace. */
export interface FakeAnswer {
  readonly first: string;
  readonly tokens: readonly string[];
}

/** The models that the fake engine says it has loaded. */
export const fakeModel = 'bench';

const json = { 'content-type': 'application/json; charset=utf-8' };
const common = { created: 1_700_000_000, id: 'chatcmpl-fake', model: fakeModel, system_fingerprint: 'fake' };
const timings = { prompt_n: 5, prompt_ms: 1, predicted_n: 1, predicted_ms: 1 };

/**
 * llama-server's answer (v0.5.0) to a request with `head` and `body`, with as many tokens as it asks for. Pure.
 * @param head request line and headers
 */
export function answerTo(head: string, body: string, { pace }: Answering): FakeAnswer {
  if (!head.startsWith('POST ')) {
    const data = [{ id: fakeModel, object: 'model', status: { value: 'loaded' } }];
    return { first: whole(JSON.stringify({ object: 'list', data })), tokens: [] };
  }
  const wanted = Number(/"max_tokens": ?(\d+)/.exec(body)?.[1] ?? 1);
  const usage = { prompt_tokens: 5, completion_tokens: wanted, total_tokens: 5 + wanted };
  if (!/"stream": ?true/.test(body)) {
    const message = { role: 'assistant', content: 'a'.repeat(wanted) };
    const choices = [{ index: 0, finish_reason: 'length', message }];
    return {
      first: whole(JSON.stringify({ choices, object: 'chat.completion', ...common, usage, timings })),
      tokens: [],
    };
  }
  const token = chunk(part({ content: 'a' }));
  const last = [
    part({}, 'length'),
    JSON.stringify({ choices: [], object: 'chat.completion.chunk', ...common, usage, timings }),
    '[DONE]',
  ];
  const ending = `${last.map(chunk).join('')}0\r\n\r\n`;
  const tokens = Array.from({ length: wanted }, () => token);
  const head200 = responseHead({ 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' });
  const opening = head200 + chunk(part({ role: 'assistant', content: null }));
  return pace > 0
    ? { first: opening, tokens: [...tokens, ending] }
    : { first: opening + tokens.join('') + ending, tokens: [] };
}

function part(delta: object, finish_reason: string | null = null): string {
  const choices = [{ index: 0, finish_reason, delta }];
  return JSON.stringify({ choices, object: 'chat.completion.chunk', ...common });
}

/** An event in a chunk of its own (RFC 9112, section 7.1). */
function chunk(data: string): string {
  const event = `data: ${data}\n\n`;
  return `${event.length.toString(16)}\r\n${event}\r\n`;
}

function whole(body: string): string {
  return responseHead({ ...json, 'content-length': String(body.length) }) + body;
}

function responseHead(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`;
}
