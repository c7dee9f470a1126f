/** How the usual runtimes come to trust a CA, as sentences for `Setup.trust`, and the variables that do it. */

const system = 'or install the certificate in the operating system, as docs/trust.md says';

/** Node and Bun add it to those they know (https://nodejs.org/api/cli.html#node_extra_ca_certsfile). */
export const trustByNode = 'Node reads the certificate from `NODE_EXTRA_CA_CERTS`, when it starts.';

/** VS Code's own requests go through Electron, those of extensions through Node. */
export const trustByVsCode = `Start VS Code from a shell that has \`NODE_EXTRA_CA_CERTS\`, ${system}.`;

export const trustBySystem = `It asks the operating system whom to trust: install the certificate there, as docs/trust.md says.`;

/** `variable` with where the CA's certificate is; nothing where none must be trusted. */
export function trusting(variable: string, authority: string | undefined): Readonly<Record<string, string>> {
  return authority === undefined ? {} : { [variable]: authority };
}
