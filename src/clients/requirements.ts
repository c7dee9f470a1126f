/** A test by its file and its name, or the beginning of that. */
export type ProvingTest = readonly [file: string, name: string];

/** What clients need of a gateway, and the tests that prove it. */
export interface ClientRequirement {
  readonly number: number;
  readonly what: string;
  readonly provenBy: readonly ProvingTest[];
  /** What is not proven, or not built. */
  readonly missing?: string;
}

const unit = 'test/unit/gateway';
const engine = 'test/engine';

/** By the numbers of shared/reference/clients.md, section 6. A test proves that each test named here exists. */
export const clientRequirements: readonly ClientRequirement[] = [
  {
    number: 1,
    what: 'Own queue and heartbeats: a status line within ten seconds, then never silent; each dialect in its own way',
    provenBy: [
      [
        `${unit}/serving/queue.test.ts`,
        'has its status line and heartbeats all the same, and no place in the engine',
      ],
      [`${unit}/serving/queue.test.ts`, 'begins with white space, and is JSON all the same'],
      [`${unit}/serving/timing.test.ts`, 'promises ten seconds to a stream’s first byte'],
      [`${unit}/relay-stream.test.ts`, 'has its status line and heartbeats while the engine says nothing'],
      [`${unit}/dialects/anthropic-errors.test.ts`, 'a silent engine is made up for by pings'],
      [`${unit}/dialects/responses-answer.test.ts`, 'says in its heartbeats what there is so far'],
      [`${unit}/dialects/ollama-answer.test.ts`, 'is kept alive by parts that say nothing'],
    ],
  },
  {
    number: 2,
    what: 'A client that leaves takes its request along, in every state',
    provenBy: [
      [`${unit}/relay-stream.test.ts`, '%s takes its request to the engine along'],
      [`${unit}/serving/queue.test.ts`, 'leaves the queue with its client'],
      [`${engine}/cancellation.test.ts`, 'while its prompt is read'],
    ],
  },
  {
    number: 3,
    what: 'Errors in the words of each protocol',
    provenBy: [
      [`${unit}/relay.test.ts`, 'about the context has the words clients look for'],
      [
        `${unit}/dialects/anthropic-errors.test.ts`,
        'of a prompt that is too long is what makes Claude Code compact it',
      ],
      [
        `${engine}/responses.test.ts`,
        'a prompt that is too long is refused, within a stream if one is wanted',
      ],
      [`${engine}/ai-sdk.test.ts`, 'of a prompt that is too long has the code by which opencode compacts'],
    ],
  },
  {
    number: 4,
    what: 'Keys as Bearer, x-api-key, api-key and the password of Basic; empty ones are ignored, each is tried',
    provenBy: [[`${unit}/authentication.test.ts`, 'with the key in %j is answered']],
    missing: 'Keys never travel in paths, on purpose.',
  },
  {
    number: 5,
    what: 'Gaps are filled on /v1/completions, /v1/fim/completions, /infill and /v1/infill; the newest wins',
    provenBy: [
      [`${unit}/relay-infill.test.ts`, 'goes to /infill and comes back as a completion'],
      [`${engine}/ollama.test.ts`, 'Mistral’s gap is filled'],
      [`${unit}/clients/llama-editors.test.ts`, 'asks for three answers and reads one'],
      [
        `${unit}/admission/admission.test.ts`,
        'the newest of the same place counts, and the one it replaces is told',
      ],
      [`${unit}/admission/admission.test.ts`, 'is a completion’s before everything else'],
    ],
  },
  {
    number: 6,
    what: 'Any name of a model is answered, and echoed',
    provenBy: [
      [`${unit}/relay.test.ts`, 'goes through with the id the client asked for'],
      [`${unit}/app.test.ts`, 'are found one by one'],
      [`${unit}/native-pages.test.ts`, 'describe an id that no model has by what would answer to it'],
    ],
  },
  {
    number: 7,
    what: 'One system message, at the front',
    provenBy: [
      [`${unit}/dialects/chat-messages.test.ts`, 'system and developer messages at the front become one'],
      [`${unit}/dialects/chat-messages.test.ts`, 'a later one becomes the user’s, where it stands'],
    ],
  },
  {
    number: 8,
    what: 'Answers have a limit, within what the context leaves',
    provenBy: [
      [`${unit}/serving/answer-limit.test.ts`, 'is never above what the admin allows'],
      [`${unit}/serving/answer-limit.test.ts`, 'is never above what the prompt leaves of the context'],
    ],
  },
  {
    number: 9,
    what: 'Responses as Codex and the official client send and read them',
    provenBy: [
      [`${engine}/responses.test.ts`, 'an answer cut off is incomplete, and says why'],
      [
        `${engine}/responses.test.ts`,
        'a previous response is not found, by the code that clients recover from',
      ],
    ],
  },
  {
    number: 10,
    what: 'A list of models for everybody',
    provenBy: [
      [
        `${unit}/native-pages.test.ts`,
        'has OpenAI’s fields, Anthropic’s, and the context’s size as each client reads it',
      ],
      [`${unit}/native-pages.test.ts`, 'is empty of Codex’ own kind of descriptions'],
    ],
  },
  {
    number: 11,
    what: 'Ollama’s API',
    provenBy: [[`${unit}/native-pages.test.ts`, 'describe each model by what it is for']],
  },
  {
    number: 12,
    what: 'Retry-After below a minute, x-request-id, HEAD /',
    provenBy: [
      [
        `${unit}/limits/limited-requests.test.ts`,
        'its requests per minute gets 429 in the form of its client',
      ],
      [`${unit}/admission/admission.test.ts`, 'refuses with the time to wait, as measured'],
      [`${unit}/app.test.ts`, 'answer HEAD / and no other method there'],
    ],
  },
  {
    number: 13,
    what: 'Paths with and without /v1, doubled slashes, preflights',
    provenBy: [
      [`${unit}/paths.test.ts`, 'knows every endpoint, and a model by any id'],
      [`${unit}/app.test.ts`, 'answer a preflight with the headers it asks for'],
    ],
  },
  {
    number: 14,
    what: 'A conversation finds its cache',
    provenBy: [
      [`${engine}/affinity.test.ts`, 'lose nothing: %s'],
      [`${unit}/admission/slots.test.ts`, 'a conversation gets the slot that it had'],
    ],
  },
  {
    number: 15,
    what: 'Embeddings by a model of their own',
    provenBy: [[`${engine}/embeddings.test.ts`, 'come in the order of the texts, one vector each']],
    missing: 'Rerank, which is optional.',
  },
  {
    number: 16,
    what: 'A tool that is named is the only one, and required',
    provenBy: [[`${unit}/dialects/tool-choice.test.ts`, 'a tool that is named is the only one and required']],
  },
  {
    number: 17,
    what: 'The certificate is one that clients trust already, or its CA’s can be downloaded',
    provenBy: [
      [`${unit}/app.test.ts`, 'give the certificate of the authority'],
      [
        'test/unit/cli/commands/setup.test.ts',
        'asks nobody to trust anything where programs trust the certificate already',
      ],
    ],
  },
];
