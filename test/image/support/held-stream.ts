import OpenAI from 'openai';
import { longAnswerPhrase } from '../../../src/models/smoke/answers.ts';
import type { Appliance, Endpoint } from '../../../src/vm/boot.ts';
import { trustAuthority } from '../../../src/vm/proof.ts';

/** What a client saw of its stream. */
export interface Streamed {
  readonly text: string;
  /** The reason that the stream gave for its end; undefined when it broke off. */
  readonly finish: string | undefined;
  /** Whether it was over before it could be. */
  readonly endedEarly: boolean;
}

/** Milliseconds for the whole stream: longer than anything that is done meanwhile. */
const patience = 240_000;

/**
 * Asks for the smoke model's long answer and does `work` while that is in flight: the engine's processes are
 * stopped until then, since it would answer within seconds. The gateway has begun the stream by itself.
 */
export async function streamWhile(
  vm: Pick<Appliance, 'ssh'>,
  endpoint: Endpoint,
  work: () => Promise<void>,
): Promise<Streamed> {
  await trustAuthority(endpoint.authority);
  const client = new OpenAI({ baseURL: endpoint.baseUrl, apiKey: endpoint.key, maxRetries: 0 });
  await vm.ssh('systemctl kill --signal=STOP onepilot-engine');
  let reading: Promise<Omit<Streamed, 'endedEarly'>>;
  let isOver = false;
  let endedEarly: boolean;
  try {
    const stream = await client.chat.completions.create(
      { model: 'onepilot-smoke', messages: [{ role: 'user', content: longAnswerPhrase }], stream: true },
      { signal: AbortSignal.timeout(patience) },
    );
    reading = read(stream).finally(() => {
      isOver = true;
    });
    // Awaited only after `work`, which may fail first.
    reading.catch(() => undefined);
    await work();
    endedEarly = isOver;
  } finally {
    await vm.ssh('systemctl kill --signal=CONT onepilot-engine');
  }
  return { ...(await reading), endedEarly };
}

async function read(
  stream: AsyncIterable<OpenAI.ChatCompletionChunk>,
): Promise<Omit<Streamed, 'endedEarly'>> {
  let text = '';
  let finish: string | undefined;
  for await (const { choices } of stream) {
    text += choices[0]?.delta.content ?? '';
    finish ??= choices[0]?.finish_reason ?? undefined;
  }
  return { text, finish };
}
