import { parseArgs } from 'node:util';
import { readText } from '../bootstrap/files.ts';
import { pathsUnder } from '../machine/paths.ts';

const help = `Usage: onepilot COMMAND

Commands:
  key      show the API key that was made on this VM
  status   show how far the appliance is (configure_… or bootstrap_…)
  report   show endpoint, models, certificate and problems
  help     show this

Options:
  -h, --help  show this

Exit codes: 0 done; 1 what was asked for is not there, or not readable; 2 wrong usage.
Run it as root.
`;

/** What a command prints, where, and how the process ends. */
export interface CommandResult {
  readonly code: 0 | 1 | 2;
  readonly output: string;
}

/** The `onepilot` command. Never throws; `root` is where the appliance's files are. */
export async function onepilot(args: readonly string[], root: string): Promise<CommandResult> {
  let command: string;
  try {
    const options = { help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help) return { code: 0, output: help };
    if (positionals.length > 1) return wrongUsage('One command at a time, without arguments.');
    command = positionals[0] ?? 'help';
  } catch (error) {
    return wrongUsage(error instanceof Error ? error.message : String(error));
  }
  try {
    return await run(command, root);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')) {
      return { code: 1, output: `Only root may read this. Try: sudo onepilot ${command}\n` };
    }
    return { code: 1, output: `${error instanceof Error ? error.message : String(error)}\n` };
  }
}

async function run(command: string, root: string): Promise<CommandResult> {
  const paths = pathsUnder(root);
  switch (command) {
    case 'help':
      return { code: 0, output: help };
    case 'key':
      return show(await readText(paths.apiKey), await noKey(paths));
    case 'status':
      return show(await readText(paths.status), 'The appliance has not started yet.');
    case 'report':
      return show(
        await readText(paths.report),
        'There is no report yet. See: systemctl status onepilot-agent',
      );
    default:
      return wrongUsage(`There is no command «${command}».`);
  }
}

async function noKey(paths: ReturnType<typeof pathsUnder>): Promise<string> {
  const configured = await readText(paths.gatewayConfiguration);
  return configured?.includes('"scrypt"')
    ? 'The key is the password in ONEAPP_COPILOT_API_PASSWORD of the context; only its hash is kept here.'
    : 'There is no key yet. See: onepilot report';
}

function show(text: string | undefined, otherwise: string): CommandResult {
  return text === undefined ? { code: 1, output: `${otherwise}\n` } : { code: 0, output: text };
}

function wrongUsage(problem: string): CommandResult {
  return { code: 2, output: `${problem}\n\n${help}` };
}

if (import.meta.main) {
  const { code, output } = await onepilot(process.argv.slice(2), '/');
  (code === 0 ? process.stdout : process.stderr).write(output);
  process.exitCode = code;
}
