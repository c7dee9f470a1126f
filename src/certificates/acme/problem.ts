import * as z from 'zod';
import { oneLine } from '../../report/harmless.ts';

const Subproblem = z.looseObject({
  type: z.string().catch(''),
  detail: z.string().catch(''),
  identifier: z.looseObject({ value: z.string() }).optional().catch(undefined),
});

/** RFC 8555, section 6.7; servers leave out what they like. */
const ProblemDocument = z.looseObject({
  type: z.string().catch(''),
  detail: z.string().catch(''),
  subproblems: z.array(Subproblem).catch([]),
});

const prefix = 'urn:ietf:params:acme:error:';

/** The longest text of a server that is repeated, in characters, and the most parts that a problem has. */
const longestDetail = 400;
const mostParts = 10;

/** What an ACME server refused, as it said it. */
export class AcmeProblem extends Error {
  /** The last part of its type (RFC 8555, section 6.7), like `rateLimited`; empty when it states none of ACME's. */
  readonly type: string;
  /** In the server's own words, without a full stop. */
  readonly detail: string;
  /** Status of the answer; undefined when the problem is part of an order or a challenge. */
  readonly status: number | undefined;
  /** When the server may be asked again, if it said so. */
  readonly retryAfter: Date | undefined;

  /** @param document What the server said, in JSON or not. */
  constructor(document: unknown, status?: number, retryAfter?: Date) {
    const { type, detail, subproblems } = ProblemDocument.safeParse(document).data ?? {
      type: '',
      detail: '',
      subproblems: [],
    };
    const parts = subproblems
      .slice(0, mostParts)
      .map((part) => `${sentence(part.identifier?.value ?? 'one')}: ${sentence(part.detail)}`);
    const said = [sentence(detail), ...parts].filter((text) => text !== '').join('; ');
    const text = said === '' ? (status === undefined ? 'no reason given' : `status ${status}`) : said;
    super(text);
    this.name = 'AcmeProblem';
    this.type = nameOf(soleType(subproblems) ?? type);
    this.detail = text;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** A problem about several identifiers says what it is about each; where they agree that is what it is. */
function soleType(subproblems: readonly { readonly type: string }[]): string | undefined {
  const types = new Set(subproblems.map(({ type }) => type));
  return types.size === 1 ? [...types][0] : undefined;
}

function nameOf(type: string): string {
  return type.startsWith(prefix) ? type.slice(prefix.length) : '';
}

function sentence(text: string): string {
  const line = oneLine(text);
  return (line.length > longestDetail ? `${line.slice(0, longestDetail)}…` : line).replace(/[.:;\s]+$/, '');
}
