import { isIP } from 'node:net';
import { isPublicAddress } from '../../network/public-address.ts';

/**
 * Ends of names that nobody else can resolve: RFC 2606 and RFC 6761 reserve them (with RFC 8375's home.arpa and
 * ICANN's .internal), or private networks use them (RFC 6762, appendix G).
 */
const localEnds = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'home.arpa',
  'corp',
  'private',
];
const reservedEnds = ['test', 'invalid'];

/** Names for documentation (RFC 2606, sections 2 and 3). */
const exampleEnds = ['example', 'example.com', 'example.net', 'example.org'];

/** What stands in examples until somebody fills it in, as a word of its own. */
const placeholderWords =
  /(?<![a-z\d])(todo|fixme|placeholder|change-?me|your[-_][a-z]+|your(company|domain|name|org|organi[sz]ation|site|server|host|bucket|account|user))(?![a-z\d])|[<>{}]/i;

/** Whether `text` holds what was to be filled in, or names a domain that is for documentation. */
export function isPlaceholder(text: string, host: string): boolean {
  return placeholderWords.test(text) || endsIn(host, exampleEnds);
}

/**
 * Whether people elsewhere on the internet may find a host by `host`, as far as it tells itself.
 * @param host a domain name, or an address (an IPv6 one with or without brackets), as `URL.hostname` has it
 * @param allowed an end of names to let through, as `internal`
 */
export function isPublicHost(host: string, allowed?: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0) return isPublicAddress(address);
  if (!withoutRoot(host).includes('.')) return false;
  return !endsIn(
    host,
    [...localEnds, ...reservedEnds].filter((end) => end !== allowed),
  );
}

/** Whether the last labels of a domain name are one of `ends`. */
function endsIn(host: string, ends: readonly string[]): boolean {
  const name = withoutRoot(host).toLowerCase();
  return ends.some((end) => name === end || name.endsWith(`.${end}`));
}

/** A name may end in the root's dot (RFC 1034, section 3.1). */
function withoutRoot(host: string): string {
  return host.replace(/\.$/, '');
}
