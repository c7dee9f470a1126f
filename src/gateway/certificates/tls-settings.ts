import { constants } from 'node:crypto';

/**
 * Mozilla's "intermediate" profile, version 5.7 (https://wiki.mozilla.org/Security/Server_Side_TLS), without
 * finite-field Diffie-Hellman: no client that speaks TLS 1.2 with this profile needs it.
 */
export const tlsSettings = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  ecdhCurve: 'X25519:prime256v1:secp384r1',
  honorCipherOrder: false,
  // Nobody needs it, and each costs the server far more than the client.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
} as const;
