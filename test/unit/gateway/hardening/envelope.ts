import * as z from 'zod';
import { canonicalUrl } from '../../../../src/gateway/paths.ts';

const text = z.string().min(1);
const Openai = z.object({ error: z.object({ message: text, type: text, code: text }) });
const Anthropic = z.object({
  type: z.literal('error'),
  error: z.object({ type: text, message: text }),
  request_id: text,
});
const Ollama = z.strictObject({ error: text });

/** How an error must look to a client of `path`, as far as it concerns everybody. */
export function envelopeOf(path: string): z.ZodType {
  const url = canonicalUrl(path);
  if (/^\/api(?=[/?]|$)/.test(url)) return Ollama;
  return /^\/v1\/messages(?=[/?]|$)/.test(url) ? Anthropic : Openai;
}

/** How an error looks to a client whose request could not be read as far as its path. */
export const unreadEnvelope: z.ZodType = Openai;

/** What the gateway says of its own failure, whatever it is said in. */
export const ownFailure = /internal_error|nobody foresaw/;
