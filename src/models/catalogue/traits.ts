import * as z from 'zod';

const share = z.number().min(0).max(1);

/** How tokens are drawn. What is left out stays as the engine has it. */
export const Sampling = z.strictObject({
  temperature: z.number().min(0).max(2),
  topP: share.optional(),
  topK: z.int().min(0).optional(),
  minP: share.optional(),
  presencePenalty: z.number().min(-2).max(2).optional(),
  repeatPenalty: z.number().min(0).max(2).optional(),
});
export type Sampling = z.infer<typeof Sampling>;

/** Whether a model thinks before it answers; `switchable` by the request. */
export const Thinking = z.enum(['yes', 'no', 'switchable']);

/** In which order a prompt for filling a gap goes. The engine takes the first unless `spm-infill` is set. */
export const InfillOrder = z.enum(['prefix-suffix-middle', 'suffix-prefix-middle']);

/** Which tokens of a text its vector is made of. */
export const Pooling = z.enum(['last', 'cls', 'mean']);

/** What the engine has to be told of a model beside its file, each where it is known. */
export const ModelTraits = z.strictObject({
  thinking: Thinking.optional(),
  /** For answering at once and for thinking first. */
  sampling: z.strictObject({ direct: Sampling.optional(), thinking: Sampling.optional() }).optional(),
  infillOrder: InfillOrder.optional(),
  pooling: Pooling.optional(),
});
export type ModelTraits = z.infer<typeof ModelTraits>;
