/** What does not fit into the machine: part of the error catalogue (see catalogue.ts). */
export const sizingErrors = {
  SIZING_CONTEXT_DOES_NOT_FIT: {
    what: 'A context of {asked} tokens does not fit into {memory} of memory: the largest that does has {largest}.',
    fix: 'Set ONEAPP_COPILOT_CONTEXT_SIZE to {largest} or less, or to 0 for what fits best, or give the VM more memory. `onepilot models explain` shows the arithmetic.',
  },
  SIZING_MODEL_DOES_NOT_FIT: {
    what: 'The models asked for ({models}) need a VM with at least {needs} of memory; this one has {memory}.',
    fix: 'Give the VM more memory, or choose a smaller model. `onepilot models explain` shows the arithmetic.',
  },
  SIZING_ROLE_LEFT_OUT: {
    what: 'There is no room for {model} in {memory} of memory beside the other models, so it is not served.',
    fix: 'Give the VM more memory, or choose a smaller model for chat. `onepilot models explain` shows the arithmetic.',
  },
  SIZING_SLOW_CONTEXT: {
    what: '{size} tokens of context fit for {model} only with a compressed cache, which makes reading a prompt about three times slower.',
    fix: 'Set ONEAPP_COPILOT_CONTEXT_SIZE to 0 for what fits without, or give the VM more memory.',
  },
} as const;
