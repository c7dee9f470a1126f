import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readText } from '../../../bootstrap/files.ts';
import { readUntrusted } from '../../../machine/untrusted-file.ts';
import type { CommandWorld, Result } from '../command.ts';
import { describeContext } from './context-secrets.ts';
import { ourUnits } from './our-units.ts';
import { describeCertificates, redactJson } from './redact.ts';

/** One file of the archive. What `make` throws is written into the file instead. */
export interface Part {
  readonly file: string;
  readonly about: string;
  readonly make: (tools: Tools) => Promise<string>;
}

export interface Tools {
  readonly world: CommandWorld;
  /** What a program prints, with its command line and an exit status that is not 0; bounded in time and length. */
  readonly show: (...argv: [string, ...string[]]) => Promise<string>;
}

/** Lines of each journal. */
const journalLines = '--lines=5000';
const ours = [
  '--unit=onepilot-*',
  '--unit=ssh.service',
  '--unit=systemd-networkd.service',
  '--unit=nftables.service',
];
/** Of one log. */
const mostLogCharacters = 1_000_000;

/** Several programs, one after the other. */
const programs =
  (...commands: readonly [string, ...string[]][]): Part['make'] =>
  async ({ show }) => {
    const texts: string[] = [];
    for (const command of commands) texts.push(await show(...command));
    return texts.join('\n');
  };

/** A file of the appliance as it is, or as `change` makes it. */
const file =
  (path: (world: CommandWorld) => string, change = (text: string) => text): Part['make'] =>
  async ({ world }) => {
    const text = await readText(path(world));
    return text === undefined ? `${path(world)} does not exist.\n` : change(text);
  };

/** The same of a file in a directory of a less privileged user, who may put anything there. */
const untrustedFile =
  (path: (world: CommandWorld) => string, change: (text: string) => string): Part['make'] =>
  async ({ world }) => {
    const text = await readUntrusted(path(world));
    return text === undefined ? `${path(world)} does not exist, or is no plain file.\n` : change(text);
  };

/** Every file of a directory, each below its name; of long ones the end. */
const directory =
  (path: (world: CommandWorld) => string): Part['make'] =>
  async ({ world }) => {
    const names = (await readdir(path(world))).sort();
    const texts = names.map(async (name) => {
      const text = (await readText(join(path(world), name))) ?? '';
      return `# ${name}\n${text.slice(-mostLogCharacters)}`;
    });
    return (await Promise.all(texts)).join('\n');
  };

/** What one of our own commands prints. */
const command =
  (run: (world: CommandWorld) => Promise<Result>): Part['make'] =>
  async ({ world }) =>
    (await run(world)).text;

const applianceFile = (name: string) => (world: CommandWorld) => join(dirname(world.paths.status), name);

/** Everything in the archive, in the order in which it is gathered. */
export const parts: readonly Part[] = [
  { file: 'status.json', about: 'what the agent last reported', make: file(({ paths }) => paths.appliance) },
  {
    file: 'status.txt',
    about: 'onepilot status',
    make: command(async (world) => (await import('../status.ts')).status({ world })),
  },
  {
    file: 'plan.txt',
    about: 'onepilot plan',
    make: command(async (world) => (await import('../plan.ts')).plan({ world })),
  },
  {
    file: 'keys.txt',
    about: 'onepilot keys list: names only',
    make: command(async (world) => (await import('../keys.ts')).listKeys({ world })),
  },
  { file: 'one-appliance/status', about: 'the step of one-apps', make: file(({ paths }) => paths.status) },
  { file: 'one-appliance/config', about: 'the report', make: file(({ paths }) => paths.report) },
  { file: 'one-appliance/metadata', about: 'name and version', make: file(applianceFile('metadata')) },
  {
    file: 'image.json',
    about: 'what the image says about itself',
    make: file(({ paths }) => paths.imageFacts),
  },
  {
    file: 'context.txt',
    about: 'names of the context, and values that are not secret',
    make: async ({ world }) => {
      const { source, values } = await world.readContext();
      return `source: ${source ?? 'none'}\n\n${describeContext(values)}`;
    },
  },
  {
    file: 'gateway.json',
    about: "the gateway's configuration without keys",
    make: file(({ paths }) => paths.gatewayConfiguration, redactJson),
  },
  { file: 'engine.ini', about: "the engine's presets", make: file(({ paths }) => paths.enginePreset) },
  {
    file: 'certificates.txt',
    about: 'subject, issuer and validity of the certificates',
    make: async ({ world: { paths } }) => {
      const { ownIdentity, trustedIdentity, acmeIdentity, authorityCertificate } = paths;
      const texts = [ownIdentity, trustedIdentity, acmeIdentity, authorityCertificate].map(async (path) => {
        const text = await (path === acmeIdentity ? readUntrusted(path) : readText(path));
        return `${path}\n${describeCertificates(text ?? '')}`;
      });
      return (await Promise.all(texts)).join('\n');
    },
  },
  {
    file: 'certificate-status.txt',
    about: 'onepilot certificate status',
    make: command(async (world) => (await import('../certificate/status.ts')).certificateStatus({ world })),
  },
  {
    file: 'acme.json',
    about: 'which certificate is wanted of an ACME CA, without keys',
    make: file(({ paths }) => paths.acmeWanted, redactJson),
  },
  {
    file: 'acme-record.json',
    about: 'what was tried at that CA, and what comes next',
    make: untrustedFile(({ paths }) => paths.acmeRecord, redactJson),
  },
  {
    file: 'network.txt',
    about: 'addresses, routes, resolvers',
    make: programs(
      ['ip', 'address'],
      ['ip', '-4', 'route', 'show', 'table', 'all'],
      ['ip', '-6', 'route', 'show', 'table', 'all'],
      ['ip', 'rule'],
      ['networkctl', '--all', 'status'],
      ['resolvectl', 'status'],
      ['ss', '--listening', '--tcp', '--udp', '--numeric'],
    ),
  },
  {
    file: 'network-files.txt',
    about: 'what systemd-networkd reads',
    make: directory(({ paths }) => paths.networkFiles),
  },
  { file: 'firewall.txt', about: "nftables' rules", make: programs(['nft', 'list', 'ruleset']) },
  {
    file: 'journal-this-boot.txt',
    about: 'our units since the machine started',
    make: programs(['journalctl', '--no-pager', '--boot', journalLines, ...ours]),
  },
  {
    file: 'journal-last-boot.txt',
    about: 'the same for the boot before',
    make: programs(['journalctl', '--no-pager', '--boot=-1', journalLines, ...ours]),
  },
  {
    file: 'warnings.txt',
    about: 'warnings of the whole system since it started',
    make: programs(['journalctl', '--no-pager', '--boot', '--priority=warning', '--lines=1000']),
  },
  {
    file: 'one-appliance/logs.txt',
    about: 'what the agent did, run by run',
    make: directory(({ paths }) => paths.logs),
  },
  {
    file: 'kernel.txt',
    about: 'the last lines of the kernel',
    make: programs(['journalctl', '--no-pager', '--dmesg', '--lines=1000']),
  },
  {
    file: 'units.txt',
    about: 'units and their states',
    make: programs(
      ['systemctl', '--no-pager', 'status', ...ourUnits],
      ['systemctl', '--no-pager', '--failed'],
      ['systemctl', '--no-pager', 'list-units', '--all'],
      ['systemctl', '--no-pager', 'list-timers', '--all'],
    ),
  },
  {
    file: 'boot.txt',
    about: 'how long the boot took',
    make: programs(
      ['systemd-analyze', 'time'],
      ['systemd-analyze', '--no-pager', 'blame'],
      ['systemd-analyze', '--no-pager', 'critical-chain'],
    ),
  },
  {
    file: 'machine.txt',
    about: 'memory, disks, processor, clock',
    make: programs(
      ['uname', '--all'],
      ['uptime'],
      ['free', '--mebi'],
      ['df', '--human-readable', '--print-type'],
      ['lsblk'],
      ['lscpu'],
      ['timedatectl', 'show'],
      ['ls', '-l', '/var/lib/onepilot/models'],
    ),
  },
  {
    file: 'processor-flags.txt',
    about: 'what the processor can do',
    make: programs(['grep', '--max-count=2', '-E', '^(model name|flags)', '/proc/cpuinfo']),
  },
  {
    file: 'packages.txt',
    about: 'versions of the system',
    make: programs(
      ['cat', '/etc/os-release'],
      ['dpkg-query', '--show'],
      ['/usr/lib/onepilot/node', '--version'],
    ),
  },
];
