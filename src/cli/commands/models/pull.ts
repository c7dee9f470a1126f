import { setMarkFile } from '../../../bootstrap/files.ts';
import { asProblem } from '../../../context/parse.ts';
import { variables } from '../../../context/variables.ts';
import { shownBytes } from '../../../engine/sizing/explain.ts';
import type { OnePilotError } from '../../../errors/catalogue.ts';
import { fetchModel } from '../../../models/download/fetch-model.ts';
import type { FetchRequest } from '../../../models/download/fetch-request.ts';
import { keptFree } from '../../../models/download/space.ts';
import type { FileFacts } from '../../../models/facts.ts';
import { checkGguf } from '../../../models/gguf/header.ts';
import type { ModelRole } from '../../../models/image-facts.ts';
import { inspectAdapter, inspectModel } from '../../../models/inspect.ts';
import type { ModelRecord } from '../../../models/record.ts';
import { sourceText } from '../../../models/source.ts';
import { makeOpenDirectory } from '../../../models/store/open-directory.ts';
import { partialsOf } from '../../../models/store/partials.ts';
import { sourceKey } from '../../../models/store/places.ts';
import type { Call, Result } from '../command.ts';
import { done, failed } from '../exit-codes.ts';
import { asText } from '../text.ts';
import { accessFor } from './access.ts';
import { type ChosenSource, chooseSource } from './chosen-source.ts';
import { rolesByFacts, sizedAlone, wishesOf } from './fits.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { ProgressLine } from './progress-line.ts';
import { type Surroundings, thisMachine } from './surroundings.ts';

/**
 * `onepilot models pull SOURCE`. What the context does not name is fetched but not served.
 * @throws COMMAND_USAGE, COMMAND_MODEL_…, COMMAND_TOKEN_FILE, and what `fetchModel` throws
 */
export async function pullModel(
  { words: [word = ''], value, world }: Pick<Call, 'words' | 'value' | 'world'>,
  surroundings: Surroundings = thisMachine,
): Promise<Result> {
  const inventory = await takeInventory(world);
  const chosen = chooseSource(word, inventory);
  const { entry } = chosen;
  const request: FetchRequest = {
    source: chosen.source,
    id: chosen.id,
    store: inventory.store,
    ...(await accessFor(value, inventory.settings, world.stdin)),
    inspect: inspectFile,
    expectedSize: entry && !entry.size.approximate ? entry.size.bytes : undefined,
    reserve: keptFree,
  };
  for (const line of chosen.notes) world.say(line);
  for (const problem of await foreseen(chosen, inventory, surroundings)) {
    world.say(`Warning: ${problem.message} ${problem.fix}`);
  }
  const record = await fetchWatched(request, world.say, surroundings);
  if (!record) return leftOff(chosen, inventory.store);
  const isWanted = inventory.selection.jobs.some((job) => sourceKey(job.source) === sourceKey(chosen.source));
  if (isWanted) await setMarkFile(world.paths.lookAgain).catch(() => {});
  const problems = await problemsOf(record, chosen, inventory, surroundings);
  return fetched(record, chosen, isWanted, problems);
}

/** What the file is, a model or an adapter, if the engine can run it. */
function inspectFile(path: string): FileFacts {
  const isAdapter = checkGguf(path).metadata.get('general.type') === 'adapter';
  return isAdapter ? inspectAdapter(path) : inspectModel(path);
}

/** Why it could not be served here, as far as the catalogue knows that beforehand. */
async function foreseen(
  { id, entry }: ChosenSource,
  inventory: Inventory,
  { engineMachine }: Surroundings,
): Promise<readonly OnePilotError[]> {
  if (!entry?.facts) return [];
  const model = { id, roles: entry.roles, facts: entry.facts };
  return sizedAlone(model, wishesOf(inventory), await engineMachine()).errors;
}

/** @returns undefined when it was interrupted */
async function fetchWatched(
  request: FetchRequest,
  say: (line: string) => void,
  { onInterrupt, rewriteLine }: Surroundings,
): Promise<ModelRecord | undefined> {
  const line = new ProgressLine(request.id, { say, rewrite: rewriteLine });
  const { signal, release } = onInterrupt();
  try {
    await makeOpenDirectory(request.store);
    return await fetchModel(request, { signal, onProgress: (progress) => line.tell(progress) });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    release();
    line.end();
  }
}

/** Why it cannot be served here, by what the file says. */
async function problemsOf(
  { id, facts }: ModelRecord,
  chosen: ChosenSource,
  inventory: Inventory,
  { engineMachine }: Surroundings,
): Promise<readonly OnePilotError[]> {
  if ('adapterFor' in facts) return [];
  const model = { id, roles: rolesOf(facts, chosen), facts };
  return sizedAlone(model, wishesOf(inventory), await engineMachine()).errors;
}

function rolesOf(facts: FileFacts, { entry }: ChosenSource): readonly ModelRole[] {
  return 'adapterFor' in facts ? [] : (entry?.roles ?? rolesByFacts(facts));
}

function fetched(
  record: ModelRecord,
  chosen: ChosenSource,
  wanted: boolean,
  problems: readonly OnePilotError[],
): Result {
  const { id, source, file, facts, size, sha256 = '', trust } = record;
  const roles = rolesOf(facts, chosen);
  const set = settingFor(record, roles, chosen.entry?.id);
  return {
    code: done,
    text: asText([
      `${id} is here: ${shownBytes(size)}, SHA-256 ${sha256}`,
      trust === 'pinned'
        ? 'That is the hash it was to have.'
        : 'The hub states that hash itself; nobody else vouches for it.',
      wanted
        ? 'The context asks for it, so it is taken up now. See: onepilot status'
        : `To serve it, set in the context: ${set}`,
    ]),
    json: {
      id,
      source: sourceText(source),
      file,
      size,
      sha256,
      trust,
      roles,
      wanted,
      set,
      problems: problems.map((problem) => asProblem(problem)),
    },
    notes: problems.map(({ message, fix }) => `Warning: ${message} ${fix}`),
  };
}

const variableFor = {
  chat: variables.aiModel.name,
  complete: variables.completeModel.name,
  embed: variables.embedModel.name,
} as const;

/** The variable that would have the model served, with its value; what may be secret in a URL is left out. */
function settingFor(
  { source, facts }: ModelRecord,
  roles: readonly ModelRole[],
  name: string | undefined,
): string {
  const variable = 'adapterFor' in facts ? variables.loraAdapters.name : variableFor[roles[0] ?? 'chat'];
  if (name !== undefined) return `${variable}=${name}`;
  const hash = source.sha256 === undefined ? '' : `#sha256=${source.sha256}`;
  const isWhole = source.kind !== 'web' || !source.url.includes('?');
  return `${variable}=${isWhole ? `${sourceText(source)}${hash}` : 'the address it was fetched from'}`;
}

async function leftOff({ id, source }: ChosenSource, store: string): Promise<Result> {
  const partial = (await partialsOf(store)).find((found) => sourceKey(found.source) === sourceKey(source));
  const received = partial?.received ?? 0;
  return {
    code: failed,
    text: asText([
      `Interrupted. ${shownBytes(received)} of ${id} are kept; the same command goes on from there.`,
    ]),
    json: { id, interrupted: true, received, size: partial?.size ?? null },
  };
}
