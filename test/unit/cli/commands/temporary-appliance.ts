import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Captured, CommandWorld } from '../../../../src/cli/commands/command.ts';
import { dispatch, type Ended } from '../../../../src/cli/commands/dispatch.ts';
import { parseContextSh } from '../../../../src/context/context-sh.ts';
import { Secret } from '../../../../src/context/secret.ts';
import type { UsageReport } from '../../../../src/gateway/ledger/usage-report.ts';
import { pathsUnder, type Unit, units } from '../../../../src/machine/paths.ts';
import type { Inspection } from '../../../../src/report/plan-text.ts';
import { smallFacts } from '../../../support/model-facts.ts';

export const readyStatus = {
  version: '0.2.0',
  state: 'ready',
  since: '2026-11-21T04:00:00Z',
  endpoint: 'https://10.0.0.5/v1',
  models: ['smoke'],
  contextSource: 'context disk',
  errors: [],
  warnings: [],
} as const;

export const image = {
  version: '0.2.0',
  profile: 'smoke',
  builtAt: 1,
  engine: 'of the test',
  models: [
    {
      id: 'smoke',
      file: 'smoke.gguf',
      sha256: '0'.repeat(64),
      roles: ['chat', 'complete'],
      facts: smallFacts(),
    },
  ],
} as const;

/** Files of an appliance in a temporary directory, and a system that only keeps books. */
export class TemporaryAppliance {
  readonly root = mkdtempSync(join(tmpdir(), 'onepilot-command-'));
  readonly paths = pathsUnder(this.root);
  isRoot = true;
  input = '';
  moment = new Date('2026-11-21T04:00:00Z');
  context: string | undefined;
  token: string | undefined;
  readonly ran: string[] = [];
  readonly said: string[] = [];
  reloads = 0;
  /** What a reload of the gateway throws. */
  reloadError: Error | undefined;
  /** What programs do here; the others print their own name. */
  programs: Record<string, (argv: readonly string[]) => Captured | Promise<Captured>> = {};
  /** What the gateway tells of use. */
  usage: (query: URLSearchParams) => UsageReport = () => {
    throw new Error('This gateway was not to be asked.');
  };
  attached = 0;
  /** What comes of looking at what an ACME CA would look at. */
  checkAcme: CommandWorld['checkAcme'] = () => {
    throw new Error('This was not to be looked at.');
  };
  /** Nobody listens on port 1. */
  gatewayPort = 1;
  /** CAs that programs know everywhere, in PEM, and those that this machine knows. */
  roots: { everywhere: readonly string[]; here: readonly string[] } = { everywhere: [], here: [] };
  unitStates: Partial<Record<Unit, string>> = { [units.engine]: 'active', [units.gateway]: 'active' };
  inspection: Inspection = {
    actions: [],
    observed: { files: new Map() },
    errors: [],
    warnings: [],
    contextSource: 'context disk',
  };

  constructor() {
    this.put('/etc/group', 'root:x:0:\nonepilot-gateway:x:990:\n');
    this.put('/etc/onepilot/here', '');
  }

  put(path: string, content: unknown): void {
    const at = join(this.root, path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, typeof content === 'string' ? content : JSON.stringify(content));
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  onepilot(...args: string[]): Promise<Ended> {
    return dispatch(args, this.world);
  }

  get world(): CommandWorld {
    return {
      paths: this.paths,
      isRoot: this.isRoot,
      hostname: 'pilot',
      now: () => this.moment,
      capture: async (argv) => {
        this.ran.push(argv.join(' '));
        return this.programs[argv[0]]?.(argv) ?? { status: 0, stdout: `${argv[0]} was here\n`, stderr: '' };
      },
      attach: async (argv) => {
        this.ran.push(argv.join(' '));
        return this.attached;
      },
      say: (line) => void this.said.push(line),
      stdin: async () => this.input,
      unitStatuses: async (asked) =>
        new Map(asked.map((unit) => [unit, { state: this.unitStates[unit] ?? 'inactive', restarts: 0 }])),
      readContext: async () => {
        const { values, problems } = parseContextSh(this.context ?? '');
        return {
          source: this.context === undefined ? undefined : 'context disk',
          values,
          complete: this.context !== undefined && problems.length === 0,
          foreign: false,
          token: this.token === undefined ? undefined : new Secret(this.token),
          warnings: [],
        };
      },
      inspect: async () => this.inspection,
      reloadGateway: async () => {
        this.reloads += 1;
        if (this.reloadError) throw this.reloadError;
      },
      askUsage: async (query) => this.usage(query),
      checkAcme: async (wanted, past) => this.checkAcme(wanted, past),
      gatewayAddress: { host: '127.0.0.1', port: this.gatewayPort },
      roots: async () => this.roots,
    };
  }
}
