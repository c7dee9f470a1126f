import * as z from 'zod';

/** Whose names and addresses a certificate of a public or company CA is for. */
export const Identifier = z.strictObject({
  /** RFC 8555, section 9.7.7, and RFC 8738. */
  type: z.enum(['dns', 'ip']),
  /** A name in lower case, or an address in its canonical form. */
  value: z.string().min(1),
});
export type Identifier = z.infer<typeof Identifier>;

/** An ACME server: RFC 8555, section 7.1.1. */
export const AcmeServer = z.strictObject({
  /** URL of its directory. */
  directory: z.string(),
  /** External account binding (RFC 8555, section 7.3.4): the key is secret, in base64url. */
  binding: z.strictObject({ keyId: z.string(), key: z.string() }).optional(),
});
export type AcmeServer = z.infer<typeof AcmeServer>;

/**
 * `/etc/onepilot/acme.json`: which certificate is wanted and from where. Written by the agent, read by the unit that
 * gets it (`onepilot-acme.service`); holds a secret when there is a binding.
 */
export const AcmeWanted = z.strictObject({
  /** At least one; the first names the certificate. */
  identifiers: z.array(Identifier).min(1),
  server: AcmeServer,
  /** Asked before the real one when a name is new or failed: its certificates are not served. */
  staging: AcmeServer.optional(),
  /** `mailto:` is put before it. */
  contact: z.string().optional(),
  /** Name of the server's certificate profile (draft-ietf-acme-profiles); asked for where the server offers it. */
  profile: z.string().optional(),
  /** Certificates, in PEM, of CAs that vouch for the ACME server itself, beside those that the system trusts. */
  roots: z.string().optional(),
  /** Addresses of this machine, to see whether a name leads here. */
  addresses: z.array(z.string()),
});
export type AcmeWanted = z.infer<typeof AcmeWanted>;
