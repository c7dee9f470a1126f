import { readFile } from 'node:fs/promises';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { failure } from '../../errors/catalogue.ts';
import { type CatalogueFault, inconsistencies } from './consistency.ts';
import { Catalogue } from './schema.ts';

/** Where the appliance has its catalogue. */
export const catalogueFile = '/usr/share/onepilot/catalogue.yaml';

/**
 * The catalogue that `text` (YAML) holds. Takes about a tenth of a second in a fresh process: parse it only when a name is to be looked up.
 * @param file For messages.
 * @throws CATALOGUE_WRONG, with every problem at once and its line.
 */
export function parseCatalogue(text: string, file: string): Catalogue {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const { errors } = document;
  if (errors.length > 0) {
    const problems = errors.map(({ pos, message }) => `line ${lines.linePos(pos[0]).line}: ${message}`);
    throw failure('CATALOGUE_WRONG', { file, problems: listed(problems) });
  }
  const parsed = Catalogue.safeParse(document.toJS());
  const faults = parsed.success
    ? inconsistencies(parsed.data)
    : parsed.error.issues.map(({ path, message }) => ({ path, rule: message }));
  if (parsed.success && faults.length === 0) return parsed.data;
  const problems = faults.map(({ path, rule }) => `${placeOf({ path, rule }, document, lines)}: ${rule}`);
  throw failure('CATALOGUE_WRONG', { file, problems: listed(problems) });
}

/**
 * The catalogue in `file`.
 * @throws CATALOGUE_UNREADABLE, CATALOGUE_WRONG
 */
export async function readCatalogue(file: string = catalogueFile): Promise<Catalogue> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw failure('CATALOGUE_UNREADABLE', { file, reason }, { cause: error });
  });
  return parseCatalogue(text, file);
}

function listed(problems: readonly string[]): string {
  return problems.map((problem) => `    ${problem}`).join('\n');
}

/** The line of the deepest part of the path that is in the file, and the path as one would write it. */
function placeOf({ path }: CatalogueFault, document: Document, lines: LineCounter): string {
  const written = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  for (let depth = path.length; depth >= 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    const offset = offsetOf(node);
    if (offset !== undefined)
      return `line ${lines.linePos(offset).line}: ${written.replace(/^\./, '') || 'it'}`;
  }
  return written.replace(/^\./, '') || 'it';
}

function offsetOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined;
}
