/**
 * Why the engine does not have a model (src/engine/diagnosis.ts): part of the error catalogue (see catalogue.ts).
 * `{model}` is its id.
 */
export const engineErrors = {
  MODEL_TOO_BIG: {
    what: 'The model {model} does not fit: the engine ran out of memory while it loaded it.',
    fix: 'Give the machine more memory, or set ONEAPP_COPILOT_AI_MODEL to a smaller model or ONEAPP_COPILOT_CONTEXT_SIZE to a smaller context; "onepilot models explain" says what fits.',
  },
  MODEL_CORRUPT: {
    what: 'The file of the model {model} is damaged: {reason}.',
    fix: 'Check it with "onepilot models verify"; "onepilot models remove --force {model}" has it fetched again.',
  },
  MODEL_ARCHITECTURE_UNSUPPORTED: {
    what: "The engine does not know the model {model}'s architecture, {architecture}.",
    fix: 'Choose another model; "onepilot models list" names those that work.',
  },
  MODEL_LOAD_FAILED: {
    what: 'The engine could not load the model {model}.',
    fix: 'Its reason is in "journalctl -u onepilot-engine"; check the file with "onepilot models verify". It is tried again after an hour, or at once after "systemctl restart onepilot-engine".',
  },
} as const;
