/** Where a proxy listens, what is behind it, and its certificate. */
export interface ProxyPlan {
  readonly port: number;
  /** Unix socket of the engine. */
  readonly socket: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * haproxy.cfg that does nothing but TLS and passing on, with kept connections to clients alone:
 * llama-server's router closes each after its answer, without saying so before. Pure.
 * @param pem Path of a file with the certificate and its key.
 */
export function haproxyConfiguration(
  { port, socket }: Pick<ProxyPlan, 'port' | 'socket'>,
  pem: string,
): string {
  return `global
  maxconn 2000
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  option http-server-close
  http-reuse never
frontend tls
  bind 127.0.0.1:${port} ssl crt ${pem} alpn http/1.1
  default_backend engine
backend engine
  server engine unix@${socket}
`;
}

/** A Caddyfile that does the same. Pure. */
export function caddyConfiguration({ port, socket, certificate, key }: ProxyPlan): string {
  return `{
  admin off
  auto_https off
}
https://127.0.0.1:${port} {
  tls ${certificate} ${key}
  reverse_proxy unix/${socket} {
    transport http {
      keepalive off
    }
  }
}
`;
}
