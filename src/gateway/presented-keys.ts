import type { IncomingHttpHeaders } from 'node:http';

/**
 * Every key in the request, since clients send an empty or invented one beside the right one: Bearer and Basic with
 * the scheme in any case (RFC 9110, section 11.1), `x-api-key`, `api-key`.
 */
export function presentedKeys(headers: IncomingHttpHeaders): string[] {
  const { authorization: header = '', 'x-api-key': xApiKey, 'api-key': apiKey } = headers;
  // As nearly everybody sends it.
  if (xApiKey === undefined && apiKey === undefined && plainBearer.test(header)) return [header.slice(7)];
  const [, scheme = '', credentials = ''] = /^([a-z]+) +(.*)$/i.exec(header) ?? [];
  const authorization = scheme.toLowerCase() === 'basic' ? passwordOf(credentials) : credentials;
  const isKnown = ['bearer', 'basic'].includes(scheme.toLowerCase());
  const candidates = [isKnown ? authorization : undefined, xApiKey, apiKey].flat();
  return [...new Set(candidates.map((candidate) => candidate?.trim() ?? ''))].filter((key) => key !== '');
}

const plainBearer = /^Bearer [!-~]+$/;

/** Behind the first colon (RFC 7617, section 2). The user's name is any: keys have names of their own. */
function passwordOf(credentials: string): string {
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? '' : text.slice(colon + 1);
}
