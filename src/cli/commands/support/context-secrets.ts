import { readCertificates } from '../../../bootstrap/certificates-at-hand.ts';
import { readText } from '../../../bootstrap/files.ts';
import type { RawValues } from '../../../context/context-sh.ts';
import { parseSettings } from '../../../context/parse.ts';
import { variables } from '../../../context/variables.ts';
import type { CommandWorld } from '../command.ts';
import { secretsWithin } from './scrub.ts';

/** Variables of OpenNebula itself whose values a bug report may show. */
const publicOfOpenNebula =
  /^(ETH\d+_[A-Z0-9_]+|NETWORK|SET_HOSTNAME|VMID|DISK_ID|TARGET|REPORT_READY|ONEGATE_ENDPOINT)$/;
const soundsSecret = /PASS|TOKEN|SECRET|PRIVATE|CRED|KEY/;

/** Characters from which on the value of a variable that nobody knows is taken for a secret when it turns up. */
const unknownFrom = 12;

/** Whether anybody may see the value of the variable `name`: unknown ones count as secret. */
export function mayBeShown(name: string): boolean {
  const own = Object.values(variables).find((variable) => variable.name === name);
  if (own) return !own.secret;
  return publicOfOpenNebula.test(name) && !soundsSecret.test(name);
}

/** The context for a bug report: every name, and the values that anybody may see. */
export function describeContext(values: RawValues): string {
  const lines = [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      if (value === '') return `${name} (empty)`;
      return mayBeShown(name) ? `${name} = ${JSON.stringify(value)}` : `${name} (not shown)`;
    });
  return `${lines.join('\n')}\n`;
}

/**
 * The secrets of this VM that may have got somewhere: those of the context, OneGate's token, the generated key, the
 * one that binds an ACME account.
 */
export async function secretsOf({ paths, readContext }: CommandWorld): Promise<readonly string[]> {
  const key = (await readText(paths.apiKey))?.trim();
  const { asked: wanted } = await readCertificates(paths);
  const context = await readContext();
  return [
    ...(key ? [key] : []),
    // What an earlier context gave is used until a good one takes its place.
    ...[wanted?.server, wanted?.staging].flatMap((server) => server?.binding?.key ?? []),
    ...secretsWithin(context.token),
    ...secretsWithin(parseSettings(context.values).settings),
    ...[...context.values].filter(isSecret).map(([, value]) => value),
  ];
}

function isSecret([name, value]: readonly [string, string]): boolean {
  if (mayBeShown(name) || name === 'SSH_PUBLIC_KEY') return false;
  const known = Object.values(variables).some((variable) => variable.name === name);
  return known || soundsSecret.test(name) || value.length >= unknownFrom;
}
