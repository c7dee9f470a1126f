import type { Command } from '../command.ts';

/** The commands about models, in the order of the help. */
export const modelCommands: readonly Command[] = [
  {
    name: 'models list',
    words: [],
    options: [{ name: 'all', about: 'those of the catalogue that are not here, too' }],
    about: 'list the models: of the image, fetched, on disks, on their way',
    details: [
      'States: serving; ready (here, not served); wanted (the context names it, it is not here yet); fetching, with the share that has arrived; incomplete (nobody is fetching it); failed, refused or could not be fetched, with the reason. With --all, a model says whether this machine could serve it.',
    ],
    needsRoot: 'always',
    load: async () => (await import('./list.ts')).listModels,
  },
  {
    name: 'models pull',
    words: ['SOURCE'],
    options: [
      { name: 'mirror', value: 'URL', about: 'fetch from there instead of the hub' },
      {
        name: 'token-file',
        value: 'FILE',
        about: 'read the token for gated repositories there, or from - (stdin)',
      },
    ],
    about: 'fetch a model, and check it',
    details: [
      'SOURCE is a name of the catalogue (onepilot models list --all), hf:owner/repository/file@revision, or https://…#sha256=…. Mirror and token are those of the context unless others are given; another mirror is not shown the token of the context.',
      'Ctrl-C stops it and keeps what has arrived; the same command goes on from there, unless the agent has begun to fetch other models and made room. What the context does not name is not served: the command says what to set.',
    ],
    needsRoot: 'always',
    load: async () => (await import('./pull.ts')).pullModel,
  },
  {
    name: 'models verify',
    words: ['[NAME]'],
    options: [],
    about: 'read every file of weights again and compare it with its hash',
    details: [
      'Without NAME, all that are here. A wrong file is named with what to do about it, and the exit code is 1. Takes as long as the disk needs to deliver the files.',
    ],
    needsRoot: 'always',
    load: async () => (await import('./verify.ts')).verifyModels,
  },
  {
    name: 'models remove',
    words: ['NAME'],
    options: [
      { name: 'force', about: 'even if it is served or the context names it: it is fetched again then' },
    ],
    about: 'delete a fetched model, and what has arrived of one',
    details: ['Models of the image stay, and so do files on attached disks.'],
    needsRoot: 'always',
    load: async () => (await import('./remove.ts')).removeModel,
  },
  {
    name: 'models explain',
    words: [],
    options: [
      { name: 'memory', value: 'SIZE', about: 'as if the VM had that much, for example 16GiB' },
      { name: 'cores', value: 'N', about: 'as if it had so many physical cores' },
      { name: 'context-size', value: 'N', about: 'as if the context asked for so many tokens, or 0' },
      {
        name: 'model',
        value: 'NAMES',
        about: 'for these models, separated by commas, instead of those served',
      },
    ],
    about: 'show how memory and cores are shared out among the models, and why',
    details: [
      'Exit code 1 means that it does not fit; the arithmetic is shown all the same. Needs root unless --model is given.',
    ],
    needsRoot: 'never',
    load: async () => (await import('./explain.ts')).explainModels,
  },
  {
    name: 'models bench',
    words: ['[NAME]'],
    options: [{ name: 'force', about: 'even while requests are being answered' }],
    about: 'measure how fast a served model reads prompts and writes answers',
    details: [
      "Runs the engine's llama-bench beside the engine, with threads and batches of the model's preset: a prompt of 512 tokens and an answer of 64, three times each. Without NAME, the first model. The model is loaded a second time, and the command says when there is no room for that.",
    ],
    needsRoot: 'always',
    load: async () => (await import('./bench.ts')).benchModel,
  },
];
