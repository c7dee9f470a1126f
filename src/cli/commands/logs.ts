import { units } from '../../machine/paths.ts';
import type { Call, Result } from './command.ts';
import { usage } from './usage.ts';

/** What each part's lines are filed under. */
const parts: Readonly<Record<string, readonly string[]>> = {
  agent: [units.agent, units.reconcile],
  gateway: [units.gateway],
  egress: [units.egress],
  acme: [units.acme],
  engine: [units.engine],
};

/** `onepilot logs`. */
export async function logs({ words, flag, value, json, world }: Call): Promise<Result> {
  const [part] = words;
  const wanted = part === undefined ? ['onepilot-*'] : parts[part];
  if (!wanted) throw usage(`There are logs of ${Object.keys(parts).join(', ')}, not of «${part}».`, 'logs');
  const lines = value('lines') ?? '100';
  if (!/^[1-9]\d{0,6}$/.test(lines)) {
    throw usage(`--lines must be a whole number from 1 to 9999999, not «${lines}».`, 'logs');
  }
  const code = await world.attach([
    'journalctl',
    '--no-pager',
    `--lines=${lines}`,
    ...(flag('follow') ? ['--follow'] : []),
    ...(json ? ['--output=json'] : []),
    ...wanted.map((unit) => `--unit=${unit}`),
  ]);
  return { code, text: '', json: undefined };
}
