import { invalidParameter } from '../fault.ts';
import type { JsonObject, JsonValue } from '../json.ts';

/** Throws the fault of a body whose `prompt` is not one: several would take the slots of other clients, as `n` would. */
export function requireOnePrompt({ prompt }: JsonObject): void {
  if (!isPrompt(prompt)) {
    throw invalidParameter('prompt', 'a string, or an array with one of them or of tokens');
  }
}

function isPrompt(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return true;
  if (!Array.isArray(value) || value.length === 0) return false;
  return (value.length === 1 && typeof value[0] === 'string') || value.every(Number.isInteger);
}
