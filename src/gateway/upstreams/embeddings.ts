import { readText } from '../../engine/client.ts';
import { isJsonObject, type JsonObject, parseJson } from '../json.ts';
import type { UpstreamModel } from './configuration.ts';
import { asJson, notUnderstood, type UpstreamLink, UpstreamRequest } from './upstream-request.ts';

/**
 * OpenAI's answer to `body`, a request for embeddings, by a model of an upstream. Throws the fault to answer with.
 * @param requestedModel the id the client asked for, to be echoed
 */
export async function embedAtUpstream(
  body: JsonObject,
  { model, requestedModel }: { readonly model: UpstreamModel; readonly requestedModel: string },
  signal: AbortSignal,
  link: UpstreamLink,
): Promise<JsonObject> {
  const json = asJson({ ...body, model: model.upstreamId });
  const request = new UpstreamRequest(link, signal);
  try {
    const answer = parsed(await readText(await request.open('/v1/embeddings', json)));
    if (!isJsonObject(answer) || !Array.isArray(answer.data)) throw notUnderstood(link.upstream);
    await request.done();
    return { ...answer, model: requestedModel };
  } catch (error) {
    throw await request.failed(error);
  }
}

function parsed(text: string) {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
