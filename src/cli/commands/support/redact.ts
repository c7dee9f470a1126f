import { X509Certificate } from 'node:crypto';

/** Fields of gateway.json and its like that stand for a key. */
const sensitive = new Set(['hash', 'salt', 'key', 'sha256', 'token', 'password']);

/** A JSON text without what stands for keys. What is no JSON is not shown at all. */
export function redactJson(text: string): string {
  try {
    const shown: unknown = JSON.parse(text, (name, value: unknown) =>
      // The path of a private key is no secret.
      sensitive.has(name) && !(typeof value === 'string' && value.startsWith('/')) ? '[removed]' : value,
    );
    return `${JSON.stringify(shown, null, 2)}\n`;
  } catch {
    return '(no valid JSON; not shown)\n';
  }
}

/** What is public in the certificates of a PEM text. */
export function describeCertificates(pem: string): string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map(describeCertificate).join('\n') || '(no certificate)\n';
}

function describeCertificate(pem: string): string {
  try {
    const { subject, issuer, validFrom, validTo, subjectAltName, fingerprint256 } = new X509Certificate(pem);
    return [
      `subject     ${subject.replaceAll('\n', ', ')}`,
      `issuer      ${issuer.replaceAll('\n', ', ')}`,
      `valid       ${validFrom} to ${validTo}`,
      `names       ${subjectAltName ?? 'none'}`,
      `SHA-256     ${fingerprint256}`,
      '',
    ].join('\n');
  } catch (error) {
    return `(unreadable: ${error instanceof Error ? error.message : error})\n`;
  }
}
