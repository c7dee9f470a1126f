/** What is wrong with a file of weights by itself: part of the error catalogue (see catalogue.ts). */
export const ggufErrors = {
  MODEL_NOT_GGUF: {
    what: '{file} is not a model in GGUF format: {reason}.',
    fix: 'Give the .gguf file itself, not the web page or the Git LFS pointer that names it.',
  },
  MODEL_TRUNCATED: {
    what: '{file} is incomplete: it has {size} bytes and needs at least {need}.',
    fix: 'Copy or download the file again and compare its SHA-256.',
  },
  MODEL_IN_PARTS: {
    what: '{file} is one of {parts} parts of a model.',
    fix: 'Join them with llama-gguf-split --merge, and give the joined file.',
  },
} as const;
