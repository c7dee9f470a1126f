import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { keyVariable, type Target } from '../../../src/clients/client.ts';
import { clientCalled } from '../../../src/clients/table.ts';

/** How each client is called without a terminal, below `node_modules`. */
const programs = {
  opencode: {
    path: 'opencode-linux-x64-baseline/bin/opencode',
    ask: (prompt: string) => ['run', prompt],
    goOn: (prompt: string) => ['run', '--continue', prompt],
  },
  codex: {
    path: '@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex',
    ask: (prompt: string) => ['exec', '--skip-git-repo-check', prompt],
    goOn: (prompt: string) => ['exec', 'resume', '--skip-git-repo-check', '--last', prompt],
  },
  continue: {
    path: '.bin/cn',
    ask: (prompt: string) => ['--print', prompt],
    goOn: (prompt: string) => ['--print', '--resume', prompt],
  },
  'claude-code': {
    path: '@anthropic-ai/claude-code-linux-x64/claude',
    ask: (prompt: string) => ['--print', prompt],
    goOn: (prompt: string) => ['--print', '--continue', prompt],
  },
} as const;

export type Program = keyof typeof programs;
export const programNames = ['claude-code', 'codex', 'continue', 'opencode'] as const satisfies Program[];

export interface Printed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as somebody at a terminal sees them, without colours. */
  readonly seen: string;
}

export interface Running {
  readonly ended: Promise<Printed>;
  /** What was seen so far. */
  seen(): string;
  /** Ctrl-C. */
  interrupt(): void;
}

/** Somebody with one client, set up as `onepilot setup` says. */
export interface Person {
  ask(prompt: string): Running;
  /** The next turn of the same conversation. */
  goOn(prompt: string): Running;
  leave(): Promise<void>;
}

/** @param modules `node_modules` with the clients. */
export async function personWith(
  name: Program,
  target: Target,
  key: string,
  modules: string,
): Promise<Person> {
  const home = await mkdtemp(join(tmpdir(), `onepilot-${name}-`));
  const work = join(home, 'work');
  await mkdir(work);
  const { environment = {}, files = [] } = clientCalled(name).setup(target);
  for (const { path, text } of files) {
    const at = path.replace(/^~/, home);
    await mkdir(dirname(at), { recursive: true });
    // What stands for the key in a file is left: clients take it from the environment.
    if (path !== '~/.continue/.env') await writeFile(at, text);
  }
  const variables = Object.entries(environment).map(([variable, value]) => [
    variable,
    value.replaceAll(`$${keyVariable}`, key),
  ]);
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: home,
    [keyVariable]: key,
    ...Object.fromEntries(variables),
  };
  const { path, ask, goOn } = programs[name];
  const start = (args: readonly string[]) => run(join(modules, path), args, work, env);
  return {
    ask: (prompt) => start(ask(prompt)),
    goOn: (prompt) => start(goOn(prompt)),
    leave: () => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}

function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const seen = () => withoutColours(`${texts.stdout}\n${texts.stderr}`);
  const ended = new Promise<Printed>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...texts, seen: seen() }));
  });
  return { ended, seen, interrupt: () => void child.kill('SIGINT') };
}

/** ECMA-48, "Select Graphic Rendition". */
function withoutColours(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '');
}
