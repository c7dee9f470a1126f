import type { ServedSource } from '../certificates/choose.ts';
import type { CertificateDescription } from '../certificates/description.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import type { ImageFacts } from '../models/image-facts.ts';
import { harmless } from './harmless.ts';

export type KeyAtHand = 'generated' | 'chosen' | 'listed' | 'added' | 'none' | 'unknown';

/** A certificate that is served beside the own CA's, for the names and addresses in it. */
export interface ServedCertificate extends CertificateDescription {
  readonly source: Exclude<ServedSource, 'own-ca'>;
  /** Names and addresses of this VM for which it is good, best first. */
  readonly hosts: readonly string[];
}

/** What the report says; nothing in it is secret. */
export interface ReportFacts {
  readonly image: Pick<ImageFacts, 'version' | 'profile'>;
  readonly outcome: string;
  readonly addresses: readonly string[];
  readonly models: readonly {
    readonly id: string;
    readonly roles: readonly string[];
    readonly contextSize: number;
  }[];
  /**
   * Which key works: the one made on the VM, the context's password, one of the context's list, one added on
   * the VM; `none` does; `unknown` while the key store is damaged. Undefined while nothing is served.
   */
  readonly key: KeyAtHand | undefined;
  readonly keyPath: string;
  readonly authorityPath: string;
  /** SHA-256 of the CA certificate; undefined when none could be made. */
  readonly fingerprint: string | undefined;
  /** Undefined: the own CA's alone is served. */
  readonly certificate: ServedCertificate | undefined;
  readonly contextSource: string | undefined;
  readonly errors: readonly ContextProblem[];
  readonly warnings: readonly ContextProblem[];
}

/** An address as it stands in a URL. */
export function urlOf(address: string): string {
  return `https://${address.includes(':') ? `[${address}]` : address}/`;
}

/**
 * The URLs the appliance answers at, best first; at least one. Those that clients reach without trusting the own CA go
 * before the others.
 */
export function endpoints({
  addresses,
  certificate,
}: Pick<ReportFacts, 'addresses' | 'certificate'>): [string, ...string[]] {
  const [first = 'localhost', ...others] = new Set([...(certificate?.hosts ?? []), ...addresses]);
  return [urlOf(first), ...others.map(urlOf)];
}

/** The certificate that others trust too, in one line. */
export function certificateText({
  source,
  names,
  addresses,
  issuer,
  notAfter,
}: Omit<ServedCertificate, 'hosts'>): string {
  const until = notAfter.slice(0, 10);
  const whose = { provided: 'provided, ', acme: '', earlier: 'the one from before, ' }[source];
  return `${[...names, ...addresses].join(', ')} (${whose}of ${issuer}, until ${until})`;
}

/** How to see the key, for people. Never the key. */
export function keyHint({ key, keyPath }: Pick<ReportFacts, 'key' | 'keyPath'>): string {
  switch (key) {
    case 'generated':
      return `run "onepilot key" as root on this VM (it is in ${keyPath})`;
    case 'chosen':
      return 'the password chosen in ONEAPP_COPILOT_API_PASSWORD';
    case 'listed':
      return 'one of those in ONEAPP_COPILOT_API_KEYS';
    case 'added':
      return 'one that was made with "onepilot keys add"';
    case 'none':
      return 'none works: run "onepilot keys add NAME" as root on this VM';
    case 'unknown':
      return 'not known: the keys added and revoked on this VM cannot be read';
    case undefined:
      return 'none yet';
  }
}

/** The text of `/etc/one-appliance/config`, in the sections and `name = value` lines of one-apps' reports. */
export function renderReport(facts: ReportFacts): string {
  const urls = endpoints(facts);
  const chat = facts.models.find(({ roles }) => roles.includes('chat')) ?? facts.models[0];
  const sections: [string, string[]][] = [
    ['OnePilot', [`version = ${facts.image.version} (${facts.image.profile})`, `state = ${facts.outcome}`]],
    [
      'Endpoint',
      [
        ...urls.map((url) => `openai_base_url = ${url}v1`),
        `api_key = ${keyHint(facts)}`,
        ...facts.models.map(
          ({ id, roles, contextSize }) => `model = ${id} (${roles.join(', ')}; ${contextSize} tokens)`,
        ),
      ],
    ],
    [
      'Certificate',
      [
        ...(facts.certificate ? [`trusted_for = ${certificateText(facts.certificate)}`] : []),
        `ca_file = ${facts.authorityPath}`,
        `ca_url = ${urls[0]}ca.crt`,
        `ca_sha256 = ${facts.fingerprint ?? 'none yet'}`,
      ],
    ],
    ...(chat ? [tryIt(urls[0], chat.id, (facts.certificate?.hosts.length ?? 0) > 0)] : []),
    ['Context', [`source = ${facts.contextSource ?? 'none'}`]],
    ...problemSection('Errors', facts.errors),
    ...problemSection('Warnings', facts.warnings),
  ];
  return harmless(sections.map(([title, lines]) => `[${title}]\n${lines.join('\n')}\n`).join('\n'));
}

function tryIt(url: string, model: string, isTrusted: boolean): [string, string[]] {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] });
  const [remark, trust] = isTrusted
    ? ['KEY is your API key; your machine must know the CA of the certificate.', '']
    : [
        'ca.crt is the file above, fetched and compared with its fingerprint; KEY is your API key.',
        '--cacert ca.crt ',
      ];
  return [
    'Try it',
    [
      `# ${remark}`,
      `curl ${trust}-H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -d '${body}' ${url}v1/chat/completions`,
    ],
  ];
}

function problemSection(title: string, problems: readonly ContextProblem[]): [string, string[]][] {
  if (problems.length === 0) return [];
  return [[title, problems.flatMap(({ code, what, fix }) => [`${code}: ${what}`, `  ${fix}`])]];
}
