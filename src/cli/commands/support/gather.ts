import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OnePilotError } from '../../../errors/catalogue.ts';
import type { CommandWorld } from '../command.ts';
import { type Part, parts, type Tools } from './parts.ts';
import type { Scrub } from './scrub.ts';

/** Milliseconds for one program, and for one part as a whole. */
const programDeadline = 15_000;
const partDeadline = 60_000;

/** Characters of one program's output; of more the end is kept. */
const mostOutput = 4_000_000;

/** What came of one part. */
export interface Gathered {
  readonly file: string;
  readonly about: string;
  /** Why it holds an error instead of what was wanted. */
  readonly problem?: string;
}

/** Writes every part below `directory`, scrubbed. A part that fails holds its error; nothing is thrown for it. */
export async function gather(directory: string, world: CommandWorld, scrub: Scrub): Promise<Gathered[]> {
  const gathered: Gathered[] = [];
  for (const part of parts) {
    world.say(`  ${part.file}: ${part.about}`);
    const { text, problem } = await makePart(part, { world, show: (...argv) => show(world, argv) });
    await write(directory, part.file, scrub(text));
    gathered.push({
      file: part.file,
      about: part.about,
      ...(problem !== undefined && { problem: scrub(problem) }),
    });
  }
  await write(directory, 'README.txt', readme(gathered));
  return gathered;
}

async function write(directory: string, file: string, text: string): Promise<void> {
  const path = join(directory, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode: 0o600 });
}

async function makePart(part: Part, tools: Tools): Promise<{ text: string; problem?: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`it took more than ${partDeadline / 1000} seconds`)),
      partDeadline,
    );
  });
  try {
    return { text: await Promise.race([part.make(tools), late]) };
  } catch (error) {
    const problem = problemText(error);
    return { text: `This could not be had: ${problem}\n`, problem };
  } finally {
    clearTimeout(timer);
  }
}

async function show(world: CommandWorld, argv: [string, ...string[]]): Promise<string> {
  const head = `$ ${argv.join(' ')}\n`;
  try {
    const { status, stdout, stderr } = await world.capture(argv, programDeadline);
    return `${head}${ending(stdout)}${ending(stderr)}${status === 0 ? '' : `(exit status ${status})\n`}`;
  } catch (error) {
    return `${head}(${problemText(error)})\n`;
  }
}

function ending(text: string): string {
  return text.length > mostOutput ? `…\n${text.slice(-mostOutput)}` : text;
}

function problemText(error: unknown): string {
  if (error instanceof OnePilotError) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}

function readme(gathered: readonly Gathered[]): string {
  return [
    'What `onepilot support` gathered on this appliance for a bug report.',
    '',
    'No keys, passwords, tokens, prompts or answers belong in here; known secrets of six characters and more',
    'were searched for in every file and replaced by [secret]. Names and addresses of your network are in it.',
    '',
    ...gathered.map(
      ({ file, about, problem }) =>
        `${file}: ${about}${problem === undefined ? '' : ` (failed: ${problem})`}`,
    ),
    '',
  ].join('\n');
}
