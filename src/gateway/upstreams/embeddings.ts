import { readText } from '../../engine/client.ts';
import { isJsonObject, type JsonObject, parseJson } from '../json.ts';
import { Asking, asJson, notUnderstood, type UpstreamLink } from './asking.ts';
import type { UpstreamModel } from './configuration.ts';

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
  const asking = new Asking(link, signal);
  try {
    const answer = parsed(await readText(await asking.open('/v1/embeddings', json)));
    if (!isJsonObject(answer) || !Array.isArray(answer.data)) throw notUnderstood(link.upstream);
    await asking.done();
    return { ...answer, model: requestedModel };
  } catch (error) {
    throw await asking.failed(error);
  }
}

function parsed(text: string) {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
