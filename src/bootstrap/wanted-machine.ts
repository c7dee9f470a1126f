import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { asProblem, type Problems } from '../context/parse.ts';
import type { Context } from '../context/read.ts';
import { failure } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import { hostsWith, parseHostname, parseSshKeys } from '../machine/identity.ts';
import type { Machine } from '../machine/observe.ts';
import { type Paths, units } from '../machine/paths.ts';
import { canonicalAddress } from '../network/address.ts';
import { type InterfaceSettings, type NetworkSettings, parseInterfaces } from '../network/interfaces.ts';
import { networkFilePattern, renderNetworkFiles } from '../network/networkd.ts';
import type { Desired, WantedFile } from './plan.ts';

/** What the first phase needs to know of what is there. */
export interface MachineFacts {
  /** Text of /etc/hosts. */
  readonly hosts: string;
  /** Names of the files in /etc/systemd/network. */
  readonly networkFiles: readonly string[];
}

export interface WantedMachine extends Problems {
  readonly desired: Desired;
  readonly interfaces: readonly InterfaceSettings[];
}

const rootOnly = { mode: 0o600, uid: 0, gid: 0 } as const;
const readable = { mode: 0o644, uid: 0, gid: 0 } as const;

/**
 * Network, host name, SSH keys, firewall and root disk as the context says; what it does not speak of stays as
 * it is. Pure.
 * @param firewall The rules; undefined: those there stay, since the settings are wrong. So they do where the
 *   network's are: a wrong value replaces nothing.
 */
export function wantedMachine(
  context: Context,
  facts: MachineFacts,
  firewall: string | undefined,
  paths: Paths,
): WantedMachine {
  const network = parseInterfaces(context.values);
  const identity = context.foreign ? nothingWanted : wantedIdentity(context, facts, network, paths);
  const rules =
    firewall === undefined || network.problems.length > 0
      ? []
      : [{ path: paths.firewall, content: firewall, ...readable, readBy: [units.firewall] }];
  return {
    desired: {
      directories: identity.directories,
      files: [...identity.files, ...rules],
      absent: identity.absent,
      // Also with rules that stay as they are: without any, everybody reaches everything.
      running: [units.firewall],
      reloading: [...(context.foreign ? [] : [units.network]), units.firewall],
      stopped: [],
      growRootDisk: true,
      hostname: identity.hostname,
    },
    interfaces: network.interfaces,
    errors: network.problems,
    warnings: identity.warnings,
  };
}

type WantedIdentity = Pick<Desired, 'directories' | 'files' | 'absent' | 'hostname'> &
  Pick<Problems, 'warnings'>;

/** Where somebody else applies the context's network, host name and SSH keys. */
const nothingWanted: WantedIdentity = {
  directories: [],
  files: [],
  absent: [],
  hostname: undefined,
  warnings: [],
};

function wantedIdentity(
  { values, complete }: Context,
  facts: MachineFacts,
  { interfaces, problems }: NetworkSettings,
  paths: Paths,
): WantedIdentity {
  const name = parseHostname(values);
  const keys = parseSshKeys(values);
  const own = facts.networkFiles.filter((file) => networkFilePattern.test(file));
  // Neither half a context nor a wrong one may replace a network that was described whole and rightly.
  const trusted = complete && problems.length === 0;
  const rendered = trusted || own.length === 0 ? renderNetworkFiles(interfaces) : [];
  const gone = trusted ? own.filter((file) => !rendered.some(({ name: kept }) => kept === file)) : [];
  const readBy = [units.network];

  const files: WantedFile[] = rendered.map((file) => ({
    path: join(paths.networkFiles, file.name),
    content: file.content,
    ...readable,
    readBy,
  }));
  if (name.hostname !== undefined) {
    files.push({ path: paths.hostname, content: `${name.hostname}\n`, ...readable, readBy: [] });
    const hosts = hostsWith(facts.hosts, name.hostname);
    files.push({ path: paths.hosts, content: hosts, ...readable, readBy: [] });
  }
  if (keys.content !== undefined) {
    files.push({ path: paths.authorizedKeys, content: keys.content, ...rootOnly, readBy: [] });
  }
  return {
    directories:
      keys.content === undefined ? [] : [{ path: paths.sshDirectory, mode: 0o700, uid: 0, gid: 0 }],
    files,
    absent: gone.map((file) => ({ path: join(paths.networkFiles, file), readBy })),
    hostname: name.hostname,
    warnings: [...name.warnings, ...keys.warnings],
  };
}

/** Whether `addresses` has every address worth waiting for before certificate and report name them. */
export function hasExpectedAddresses(
  interfaces: readonly InterfaceSettings[],
  addresses: readonly string[],
): boolean {
  const have = addresses.map(canonicalAddress);
  const managed = interfaces.filter(({ skip }) => !skip);
  const fixed = managed
    .flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6])
    .flatMap((family) => (typeof family === 'object' ? [canonicalAddress(family.address)] : []));
  // The image itself asks DHCP on every interface that nothing is said of.
  const leased = interfaces.length === 0 || managed.some(({ ipv4 }) => ipv4 === 'dhcp');
  return fixed.every((address) => have.includes(address)) && (!leased || have.some(isIPv4));
}

/** A warning for each interface of the context that the machine does not have. */
export function missingNics(
  interfaces: readonly InterfaceSettings[],
  nics: Machine['nics'],
): ContextProblem[] {
  return interfaces
    .filter(({ mac }) => !nics.some((nic) => nic.mac === mac))
    .map(({ index, mac }) => {
      const variable = `ETH${index}_MAC`;
      return asProblem(failure('CONTEXT_NO_SUCH_NIC', { variable, mac }), variable);
    });
}
