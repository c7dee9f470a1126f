import type { CatalogueModel } from './schema.ts';
import type { ModelTraits } from './traits.ts';

/** What the engine has to be told of a model of the catalogue. */
export function traitsOf({ thinking, sampling, infill, embedding }: CatalogueModel): ModelTraits {
  const { direct, thinking: whenThinking } = sampling ?? {};
  return {
    thinking,
    ...(sampling && {
      sampling: { ...(direct && { direct }), ...(whenThinking && { thinking: whenThinking }) },
    }),
    ...(infill && { infillOrder: infill.order }),
    ...(embedding && { pooling: embedding.pooling }),
  };
}
