import type { JsonObject } from '../../json.ts';
import type { Shown } from './blocks.ts';

/** Between texts that the client keeps apart and the engine gets as one. */
export const separator = '\n';

/**
 * OpenAI's content for `blocks`: one string where all of it is text, since not every template and server takes parts;
 * else a list of parts.
 */
export function contentOf(blocks: readonly Shown[]): string | JsonObject[] {
  const parts = blocks.flatMap(partsOf);
  const texts = parts.filter((part) => part.type === 'text');
  return texts.length < parts.length ? parts : textOf(texts);
}

type Part = TextPart | ImagePart;
type TextPart = { type: 'text'; text: string };
type ImagePart = { type: 'image_url'; image_url: { url: string } };

function textOf(parts: readonly TextPart[]): string {
  return parts.map(({ text }) => text).join(separator);
}

function partsOf(block: Shown): Part[] {
  switch (block.type) {
    case 'text':
      return [text(block.text)];
    case 'image':
      return [{ type: 'image_url', image_url: { url: urlOf(block.source) } }];
    case 'document':
      return [...[block.title, block.context].filter(isText).map(text), ...documentParts(block.source)];
    case 'search_result':
      return [text(`${block.title} (${block.source})`), ...block.content.flatMap(partsOf)];
    case 'tool_reference':
      return [text(block.tool_name)];
    default:
      return [];
  }
}

const text = (of: string): TextPart => ({ type: 'text', text: of });

function isText(value: string | null | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

function urlOf(source: Extract<Shown, { type: 'image' }>['source']): string {
  return source.type === 'url' ? source.url : `data:${source.media_type};base64,${source.data}`;
}

function documentParts(source: Extract<Shown, { type: 'document' }>['source']): Part[] {
  return source.type === 'text' ? [text(source.data)] : source.content.flatMap(partsOf);
}
