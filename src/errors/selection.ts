/** What of the models that the context names cannot be served: part of the error catalogue (see catalogue.ts). */
export const selectionErrors = {
  MODEL_BEING_FETCHED: {
    what: '{model} is not here yet and is being fetched; {used} is served meanwhile.',
    fix: 'Wait: onepilot status shows how far it is, and it takes over by itself.',
  },
  MODEL_CANNOT_COMPLETE: {
    what: '{model} knows no tokens for filling in the middle, so it cannot complete code; {used} does so in its place.',
    fix: 'Name a model for ONEAPP_COPILOT_COMPLETE_MODEL that was made to complete code; onepilot models list names some.',
  },
  MODEL_NONE: {
    what: 'This image holds no model and {variable} names none, so nobody can chat.',
    fix: 'Attach the disk of models that was published with this image and set {variable} to the file on it, disk:ONEPILOT-MODELS/FILE; or name a model of the catalogue or the hub, which is then fetched.',
  },
  MODEL_NOT_FETCHED: {
    what: '{model} could not be fetched, and {used} is served in its place: {reason}',
    fix: 'It is tried again every hour, or once a day where a file came that cannot be used; and at once with: onepilot models pull. journalctl -u onepilot-models has the details.',
  },
  MODEL_REFUSED_BY_ENGINE: {
    what: 'The engine could not load {model}, and {used} is served in its place: {reason}',
    fix: 'Choose another model. To have this one tried again: onepilot models remove it, then onepilot models pull it.',
  },
  ADAPTER_NOT_FETCHED: {
    what: 'The adapter {adapter} could not be fetched, and its model is served without it: {reason}',
    fix: 'It is tried again every hour, or once a day where a file came that cannot be used; and at once with: onepilot models pull. journalctl -u onepilot-models has the details.',
  },
  ADAPTER_NOT_HERE: {
    what: 'The adapter {adapter} is not here; its model is served without it.',
    fix: 'It is being fetched, and takes effect by itself; onepilot status tells how far it is.',
  },
  ADAPTER_DOES_NOT_FIT: {
    what: 'The adapter {adapter} does not fit {model} ({reason}): it is left out.',
    fix: 'Take it out of ONEAPP_COPILOT_LORA_ADAPTERS, or choose the model that it was made for.',
  },
  ADAPTER_REFUSED_BY_ENGINE: {
    what: 'The engine could not load {model} with the adapter {adapter}, which is left out: {reason}',
    fix: 'Take it out of ONEAPP_COPILOT_LORA_ADAPTERS, or choose the model that it was made for. To have it tried again: onepilot models remove it.',
  },
  ADAPTER_FOR_ANOTHER: {
    what: 'The adapter {adapter} was made for {adapterFor} models, and {model} is a {architecture} one: it is left out.',
    fix: 'Take it out of ONEAPP_COPILOT_LORA_ADAPTERS, or choose the model that it was made for.',
  },
} as const;
