import * as z from 'zod';
import { ModelTraits } from './catalogue/traits.ts';
import { ModelFacts } from './facts.ts';

/** What a model is for. A model may serve several roles; each model is one child of the engine. */
export const ModelRole = z.enum(['chat', 'complete', 'embed']);
export type ModelRole = z.infer<typeof ModelRole>;

/** One model file that came with the image. */
export const BakedModel = z.strictObject({
  /** The name clients use, also the engine's preset section. */
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  /** File name in the model store. */
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.gguf$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  roles: z.array(ModelRole).min(1),
  facts: ModelFacts,
  /** SPDX identifier of its licence, and where it came from, as a variable would name it. */
  licence: z.string().optional(),
  source: z.string().optional(),
  traits: ModelTraits.optional(),
});
export type BakedModel = z.infer<typeof BakedModel>;

/** `/usr/share/onepilot/image.json`: what the builder tells the appliance about itself. */
export const ImageFacts = z.strictObject({
  version: z.string(),
  profile: z.string(),
  /** Seconds since 1970: the date of what it was built from, which is not after the build (src/builder/product.ts). */
  builtAt: z.int().min(0),
  /** Digest of the engine's files: another engine may load what this one could not. */
  engine: z.string().min(1),
  /** Empty where every VM brings its own. */
  models: z.array(BakedModel),
});
export type ImageFacts = z.infer<typeof ImageFacts>;
