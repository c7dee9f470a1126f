import { choiceCollector } from './collect-choice.ts';
import type { AnswerCollector } from './dialect.ts';

/** Puts the parts of a streamed `text_completion` together; the engine's last part has the usage. */
export function completionCollector(model: string): AnswerCollector {
  let text = '';
  return choiceCollector(
    (choice) => {
      if (typeof choice.text === 'string') text += choice.text;
    },
    ({ head, logprobs, finishReason }) => {
      const choice = { text, index: 0, logprobs, finish_reason: finishReason };
      return { ...head, model, choices: [choice] };
    },
  );
}
