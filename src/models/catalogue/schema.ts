import * as z from 'zod';
import { ModelRole } from '../image-facts.ts';
import { type HubSource, parseSource } from '../source.ts';
import { estimateFacts, ModelShape } from './shape.ts';
import { InfillOrder, Pooling, Sampling, Thinking } from './traits.ts';

const sentence = z.string().min(1);

/** Lower case, as clients will see it and as a variable names it. */
export const ModelId = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,95}$/,
    'must be small letters, digits, dots, underscores and hyphens, at most 96',
  );

/** Licences that allow commercial use without conditions beyond keeping their text: profiles take no others. */
export const freeLicences: ReadonlySet<string> = new Set(['Apache-2.0', 'MIT']);

/** How a model is told what stands before and behind the gap that it is to fill. */
export const Infill = z.strictObject({
  order: InfillOrder,
  /** As the vocabulary writes them; null where nobody published them: the engine takes them from the file. */
  tokens: z.strictObject({ prefix: sentence, suffix: sentence, middle: sentence }).nullable(),
  /** Token before the name of a file, where several files go into one prompt. */
  file: sentence.optional(),
});

const source = z.string().transform((text, context): HubSource => {
  const parsed = parseSource(text);
  if (!('fault' in parsed) && parsed.kind === 'hub' && parsed.sha256 === undefined) return parsed;
  const fault =
    'fault' in parsed ? parsed.fault : 'be a file of the hub, hf:…, without a hash, which sha256 holds';
  context.addIssue({ code: 'custom', message: `must ${fault}` });
  return z.NEVER;
});

/** One model as it is written down; `CatalogueModel` is what it becomes. */
const WrittenModel = z.strictObject({
  id: ModelId,
  title: sentence,
  /** Other names that mean this model. */
  aliases: z.array(ModelId).default([]),
  roles: z.array(ModelRole).min(1),
  source,
  /** Bytes of the file: exact, or rounded as somebody published them. */
  size: z.strictObject({ bytes: z.int().min(1), approximate: z.boolean().default(false) }),
  /** Lower-case hex of the file; null where nobody published one. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 small hexadecimal digits')
    .nullable(),
  /** Who says what the right hash is: somebody beforehand, or the hub when the file is fetched, which is recorded. */
  pin: z.enum(['published', 'hub']),
  /** Who published the hash. */
  pinSource: sentence.optional(),
  /** SPDX identifier and where its text is. */
  licence: z.strictObject({ spdx: sentence, url: z.url() }),
  /** As its maker counts them: all, and those that work for one token. */
  parameters: z.strictObject({ all: z.int().min(1), active: z.int().min(1) }),
  kind: z.array(z.enum(['attention', 'hybrid', 'experts'])).min(1),
  thinking: Thinking,
  /** As the maker's card publishes it, for answering at once and for thinking first; null where it says nothing. */
  sampling: z
    .strictObject({ direct: Sampling.optional(), thinking: Sampling.optional(), source: sentence })
    .nullable()
    .default(null),
  infill: Infill.optional(),
  /** How texts become vectors: which tokens count, and what goes before a query (nothing before a document). */
  embedding: z.strictObject({ pooling: Pooling, queryPrefix: z.string(), source: sentence }).optional(),
  /** `general.architecture` of the file, which src/llama-arch.cpp of the pinned llama.cpp knows. */
  engineArchitecture: sentence,
  shape: ModelShape.nullable(),
  notes: z.array(sentence).default([]),
});

/** A model of the catalogue: `source` holds the pinned hash, `facts` what is known before the file is there. */
export const CatalogueModel = WrittenModel.superRefine((model, context) => {
  const fault = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  if ((model.sha256 === null) !== (model.pin === 'hub')) {
    fault(['pin'], 'must be «published» with a sha256, and «hub» without one');
  }
  if (model.pin === 'published' && model.pinSource === undefined) {
    fault(['pinSource'], 'must say who published the sha256');
  }
  if (model.roles.includes('complete') && !model.infill) {
    fault(['infill'], 'must say how the model fills gaps, since it completes');
  }
  if (model.roles.includes('embed') && !model.embedding) {
    fault(['embedding'], 'must say how the model embeds');
  }
}).transform(({ sha256, source, ...model }) => ({
  ...model,
  source: { ...source, ...(sha256 !== null && { sha256 }) },
  facts: model.shape
    ? estimateFacts(model.shape, {
        size: model.size.bytes,
        architecture: model.engineArchitecture,
        chats: model.roles.includes('chat'),
        infills: model.infill !== undefined,
        pooling: model.embedding?.pooling,
      })
    : null,
}));
export type CatalogueModel = z.infer<typeof CatalogueModel>;

/** A name that stood for a model elsewhere and stands for none here. */
export const RetiredName = z.strictObject({ name: ModelId, replacement: ModelId, reason: sentence });
export type RetiredName = z.infer<typeof RetiredName>;

/** A set of models for one size of VM. */
export const ModelProfile = z.strictObject({
  about: sentence,
  /** The VM it is made for: CPUs, GiB of memory, GiB of disk. */
  vm: z.strictObject({ cpus: z.int().min(1), memory: z.int().min(1), disk: z.int().min(1) }),
  /** The model of each role; a role without one is not offered. */
  models: z.partialRecord(ModelRole, ModelId),
  /** Others that suit this size, and when one would take them. */
  alternatives: z.array(z.strictObject({ role: ModelRole, id: ModelId, when: sentence })).default([]),
});
export type ModelProfile = z.infer<typeof ModelProfile>;

/** `appliance/catalogue.yaml`. */
export const Catalogue = z.strictObject({
  models: z.array(CatalogueModel).min(1),
  retired: z.array(RetiredName).default([]),
  profiles: z.record(ModelId, ModelProfile),
});
export type Catalogue = z.infer<typeof Catalogue>;
