import { invalidParameter } from '../../fault.ts';
import type { JsonObject } from '../../json.ts';
import { field, isGiven, objectsOf, type Placed, stringOf } from './fields.ts';

/** Parts of OpenAI's content that hold a text; `refusal` holds it under that name. */
const textTypes = new Set(['input_text', 'output_text', 'text', 'summary_text', 'reasoning_text']);

/**
 * The content of a message or of a tool's output, as chat completions have it: a text where there is but one,
 * so that servers whose templates know nothing else read it too. Throws `invalid_parameter`.
 */
export function chatContent(content: Placed): string | JsonObject[] {
  if (typeof content.value === 'string') return content.value;
  const parts = objectsOf(content).map(chatPart);
  if (parts.length === 0) return '';
  const [only] = parts;
  return parts.length === 1 && typeof only?.text === 'string' ? only.text : parts;
}

/** The content of what the model or a tool said, if it is text alone. */
export function joinedText(content: string | JsonObject[], separator: string): string | JsonObject[] {
  if (typeof content === 'string') return content;
  const texts = content.map(({ text }) => text);
  return texts.every((text) => typeof text === 'string') ? texts.join(separator) : content;
}

function chatPart(part: Placed<JsonObject>): JsonObject {
  const type = stringOf(field(part, 'type'));
  if (textTypes.has(type)) return { type: 'text', text: stringOf(field(part, 'text')) };
  if (type === 'refusal') return { type: 'text', text: stringOf(field(part, 'refusal')) };
  if (type === 'input_image') return { type: 'image_url', image_url: imageOf(part) };
  throw invalidParameter(part.at, 'a text or a picture');
}

function imageOf(part: Placed<JsonObject>): JsonObject {
  const url = field(part, 'image_url');
  if (!isGiven(url)) throw invalidParameter(url.at, 'the URL of the picture: no files are kept here');
  const { detail } = part.value;
  return { url: stringOf(url), ...(typeof detail === 'string' && { detail }) };
}
