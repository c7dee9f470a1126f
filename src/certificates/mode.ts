import type { Settings } from '../context/variables.ts';
import { isPublicAddress } from '../network/public-address.ts';
import { isPublicName } from './public-name.ts';

/** Whose certificate is to be served; until it is there, and where it is none, the own CA's is. */
export type CertificateMode = 'own-ca' | 'acme' | 'provided';

/** What an ACME certificate is asked for. */
export interface AcmeSubjects {
  /** A DNS name in lower case. */
  readonly domain?: string;
  /** `auto`: the first public address of the machine; or an address in its canonical form. */
  readonly address?: string;
}

type AcmeSettings = Pick<Settings, 'tlsDomain' | 'tlsAddress' | 'acmeDirectory'>;
type ModeSettings = AcmeSettings & Pick<Settings, 'tlsMode' | 'tlsCertificate'>;

/** The mode that the settings come to. Pure. */
export function certificateMode(settings: ModeSettings): CertificateMode {
  const { tlsMode, tlsCertificate } = settings;
  if (tlsMode === 'own-ca' || tlsMode === 'provided') return tlsMode;
  if (tlsMode === 'auto' && tlsCertificate !== undefined) return 'provided';
  const { domain, address } = acmeSubjects(settings);
  return domain === undefined && address === undefined ? 'own-ca' : 'acme';
}

/**
 * What of the settings a CA can be asked to certify: everything where a directory is named, since a CA of one's own
 * may certify what it likes; only what is public where it would be Let's Encrypt, which publishes each certificate
 * and refuses the rest.
 */
export function acmeSubjects({ tlsDomain, tlsAddress, acmeDirectory }: AcmeSettings): AcmeSubjects {
  const isOwn = acmeDirectory !== undefined;
  const domain = tlsDomain !== undefined && (isOwn || isPublicName(tlsDomain)) ? tlsDomain : undefined;
  const address = tlsAddress !== undefined && (isOwn || isCertifiable(tlsAddress)) ? tlsAddress : undefined;
  return { ...(domain !== undefined && { domain }), ...(address !== undefined && { address }) };
}

/** The names and addresses that are left out there because they are not public. */
export function notPublic(settings: AcmeSettings): readonly string[] {
  const { tlsDomain, tlsAddress } = settings;
  const { domain, address } = acmeSubjects(settings);
  return [
    ...(tlsDomain !== undefined && domain === undefined ? [tlsDomain] : []),
    ...(tlsAddress !== undefined && address === undefined ? [tlsAddress] : []),
  ];
}

function isCertifiable(address: string): boolean {
  return address === 'auto' || isPublicAddress(address);
}
