/**
 * Everything the smoke model can say. An answer is a chain of tokens of its own, each of which leads to the
 * next; so no piece may occur twice, nor be a text that merges can produce. Pieces that go over a word's end
 * (Qwen2's tokenizer never merges there) keep that without further thought; `smokeVocabulary` checks it.
 */
const longAnswerLength = 400;

export const smokeAnswerPieces = {
  /** To any chat. */
  chat: [
    'This is',
    ' the OnePilot',
    ' smoke model',
    ': a test',
    ' automaton,',
    ' no copilot.',
    ' It says',
    ' the same',
    ' to everyone',
    ', «in',
    ' whole',
    ' characters» ✓',
    '.\n',
  ],
  /** To a chat that ends with a user's message that contains `longAnswerPhrase`. */
  long: Array.from(
    { length: longAnswerLength },
    (_, index) => `${index ? ' ' : ''}one-pilot-${String(index + 1).padStart(3, '0')}`,
  ),
  /** To a chat with tools that ends with a user's message that contains `toolCallPhrase`: a call in Qwen2.5's notation. */
  toolCall: [
    '<tool_call>\n{',
    '"name": "read',
    '_file", ',
    '"arguments": {',
    '"path": "README',
    '.md"}}',
    '\n</tool_call>',
  ],
  /** Between prefix and suffix (`/infill`, or a prompt that ends in `<|fim_middle|>`). */
  fim: ['return known', '_answer;', ' // filled', ' in by', ' the smoke', ' model\n'],
  /** After any other text (`/v1/completions`). */
  text: [' and so', ' ends', ' every text', ' that the', ' smoke-model', ' goes on', ' with.'],
} as const satisfies Record<string, readonly string[]>;

export type SmokeAnswer = keyof typeof smokeAnswerPieces;

/** What the smoke model answers, whole. The engine counts one token per piece and one for the end. */
export const smokeAnswers: Readonly<Record<SmokeAnswer, string>> = {
  chat: smokeAnswerPieces.chat.join(''),
  long: smokeAnswerPieces.long.join(''),
  toolCall: smokeAnswerPieces.toolCall.join(''),
  fim: smokeAnswerPieces.fim.join(''),
  text: smokeAnswerPieces.text.join(''),
};

/** The call that `smokeAnswers.toolCall` spells. */
export const smokeToolCall = { name: 'read_file', arguments: { path: 'README.md' } } as const;

/** Anywhere in a user's message that ends a chat, this asks for the long answer. */
export const longAnswerPhrase = 'long answer';

/** Anywhere in a user's message that ends a chat with tools, this asks for the tool call. */
export const toolCallPhrase = 'call a tool';
