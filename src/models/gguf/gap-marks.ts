/**
 * The tokens before a gap, behind it and in its place, by which the engine knows that a model can fill it where no
 * metadata name them (`llama_vocab::impl::load` in llama-vocab.cpp of llama.cpp v0.5.0).
 */
export const gapMarks: readonly [
  prefix: readonly string[],
  suffix: readonly string[],
  middle: readonly string[],
] = [
  [
    '<|fim_prefix|>',
    '<fim-prefix>',
    '<fim_prefix>',
    '<｜fim▁begin｜>',
    '<PRE>',
    '▁<PRE>',
    '<|code_prefix|>',
    '<|prefix|>',
  ],
  [
    '<|fim_suffix|>',
    '<fim-suffix>',
    '<fim_suffix>',
    '<｜fim▁hole｜>',
    '<SUF>',
    '▁<SUF>',
    '<|code_suffix|>',
    '<|suffix|>',
  ],
  [
    '<|fim_middle|>',
    '<fim-middle>',
    '<fim_middle>',
    '<｜fim▁end｜>',
    '<MID>',
    '▁<MID>',
    '<|code_middle|>',
    '<|middle|>',
  ],
];
