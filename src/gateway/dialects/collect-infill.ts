import { done } from '../engine-event.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { AnswerCollector } from './dialect.ts';

/** Lists that each part has a piece of, when they were asked for. */
const lists = ['tokens', 'completion_probabilities'] as const;

/** Puts the parts of a streamed `/infill` together; the last, with `stop`, holds everything but what was said. */
export function infillCollector(): AnswerCollector {
  let content = '';
  const collected: Partial<Record<(typeof lists)[number], JsonValue[]>> = {};
  let final: JsonObject | undefined;
  return {
    next(part) {
      if (part === done) return;
      if (typeof part.content === 'string') content += part.content;
      for (const name of lists) {
        const piece = part[name];
        if (!Array.isArray(piece)) continue;
        const list = collected[name] ?? [];
        list.push(...piece);
        collected[name] = list;
      }
      if (part.stop === true) final = part;
    },
    get answer() {
      return final && { ...final, ...collected, content };
    },
  };
}
