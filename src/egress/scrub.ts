import type { EgressUpstream } from './configuration.ts';

const shown = '…';

/** `text` without the upstream's address and key, as far as they stand in it as they are. Pure. */
export function scrub(text: string, { url, key }: Pick<EgressUpstream, 'url' | 'key'>): string {
  const { host, hostname } = new URL(url);
  const secrets = [...(key === undefined ? [] : [key]), url, host, hostname];
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, shown), text);
}
