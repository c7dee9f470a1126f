import { basename } from 'node:path';
import type { Finding, Rule } from './finding.ts';
import { type Entry, entryImages, type Submission } from './submission.ts';

/** Names that RFC 2606 and RFC 6761 reserve, and what people write until they know better. */
const placeholder =
  /(^|[./@-])(example|invalid|test|localhost|local)(\.(com|org|net))?([:/]|$)|todo|your[-_]|change-?me|placeholder|[<>{}]/i;

/**
 * Whoever imports, as a consumer: the image comes from the URL, and app2 validate takes a version in its file name
 * for the entry's (appmarket-simple, src/app2/app2/validate.py).
 */
export function checkUrls({ entries }: Submission): Finding[] {
  return entries.flatMap((entry) => [
    ...entryImages(entry).flatMap((image) => (typeof image.url === 'string' ? url(entry, image.url) : [])),
    ...email(entry),
  ]);
}

function url({ file, data }: Entry, address: string): Finding[] {
  const found = (rule: Rule, problem: string): Finding[] => [
    { file, rule, problem: `${address}: ${problem}` },
  ];
  const read = URL.parse(address);
  // A placeholder may not even be a URL.
  if (
    placeholder.test(read ? `//${read.hostname}/` : address) ||
    /todo|your[-_]|placeholder/i.test(address)
  ) {
    return found('placeholder', 'is a placeholder');
  }
  if (read?.protocol !== 'https:' || read.username !== '' || read.password !== '') {
    return found('url-https', 'is no https URL without user and password');
  }
  const name = basename(read.pathname);
  const version = /-(\d+\.\d+\.\d+-\d+-\d{8})(\.aarch64)?\.qcow2$/.exec(name)?.[1];
  if (version === undefined || version === data.version) return [];
  return found('url-version', `is of version ${version}, the entry of ${String(data.version)}`);
}

function email({ file, data: { publisher_email: address } }: Entry): Finding[] {
  if (typeof address !== 'string' || !placeholder.test(address)) return [];
  return [{ file, rule: 'placeholder', problem: `publisher_email ${address} is a placeholder` }];
}
