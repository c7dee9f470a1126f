import { createHash } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import { type GatewayModel, mainModel, modelCalled } from '../models.ts';

/** What Ollama tells of a model, as far as it is known here. */
export interface DescribedModel extends Pick<GatewayModel, 'id' | 'roles' | 'contextSize' | 'architecture'> {}

/**
 * The model called `requested`. For another id, what would answer to it: whichever model each request needs, so that
 * the context is the smallest of theirs; `undefined` where there is no model.
 */
export function describedModel(
  requested: string,
  models: readonly GatewayModel[],
): DescribedModel | undefined {
  const called = modelCalled(requested, models);
  const main = mainModel(models);
  if (called || !main) return called;
  const answering = [main, models.find(({ roles }) => roles.includes('complete')) ?? main];
  return {
    ...main,
    id: requested,
    roles: answering.flatMap(({ roles }) => roles),
    contextSize: Math.min(...answering.map(({ contextSize }) => contextSize)),
  };
}

const unknownArchitecture = 'unknown';

/** An entry of `/api/tags`. @param since ISO 8601. */
export function tagOf(model: DescribedModel, since: string): JsonObject {
  return {
    name: model.id,
    model: model.id,
    modified_at: since,
    size: 0,
    digest: digestOf(model),
    details: detailsOf(model),
  };
}

/** An entry of `/api/ps`. Models stay loaded. */
export function runningOf(model: DescribedModel): JsonObject {
  return {
    name: model.id,
    model: model.id,
    size: 0,
    digest: digestOf(model),
    details: detailsOf(model),
    expires_at: '9999-12-31T23:59:59Z',
    size_vram: 0,
    context_length: model.contextSize,
  };
}

/** The answer of `/api/show`. Continue and Copilot read the context's size there, each in a place of its own. */
export function shownOf(model: DescribedModel, since: string): JsonObject {
  const { id, contextSize, architecture = unknownArchitecture } = model;
  return {
    modelfile: `FROM ${id}`,
    // No line break behind it: Continue's parser would stumble (core/llm/llms/Ollama.ts).
    parameters: `num_ctx ${contextSize}`,
    template: templateOf(model),
    details: detailsOf(model),
    model_info: {
      'general.architecture': architecture,
      'general.basename': id,
      [`${architecture}.context_length`]: contextSize,
    },
    capabilities: capabilitiesOf(model),
    modified_at: since,
  };
}

/** Cline, Roo and Zed take a model for an agent only if it can do `tools`: the engine lets every chat template. */
function capabilitiesOf({ roles }: DescribedModel): string[] {
  const isFor = (role: GatewayModel['roles'][number]) => roles.includes(role);
  return [
    ...(isFor('chat') || isFor('complete') ? ['completion'] : []),
    ...(isFor('chat') ? ['tools'] : []),
    ...(isFor('complete') ? ['insert'] : []),
    ...(isFor('embed') ? ['embedding'] : []),
  ];
}

/** Clients look which variables occur: `.Suffix` tells Continue that gaps can be filled. The engine has the template. */
function templateOf({ roles }: DescribedModel): string {
  const chat = roles.includes('chat') ? '{{ .System }}{{ .Tools }}' : '';
  return `${chat}{{ .Prompt }}${roles.includes('complete') ? '{{ .Suffix }}' : ''}{{ .Response }}`;
}

function detailsOf({ architecture = unknownArchitecture }: DescribedModel): JsonObject {
  return {
    parent_model: '',
    format: 'gguf',
    family: architecture,
    families: [architecture],
    parameter_size: '',
    quantization_level: '',
  };
}

/** Clients show its first twelve letters. It tells models apart, and nothing of their files. */
function digestOf({ id }: DescribedModel): string {
  return createHash('sha256').update(id).digest('hex');
}
