import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { shownBytes } from '../../../engine/sizing/explain.ts';
import { OnePilotError } from '../../../errors/catalogue.ts';
import { units } from '../../../machine/paths.ts';
import { percent } from '../../../models/fetch-text.ts';
import type { RemoteSource } from '../../../models/source.ts';
import { sourceKey } from '../../../models/store/places.ts';
import { inSourceTurn } from '../../../models/store/turn.ts';
import type { Call, Result } from '../command.ts';
import { done } from '../exit-codes.ts';
import { asText, columns } from '../text.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { type Live, type ModelRow, type ModelState, rowsElsewhere, rowsHere } from './model-rows.ts';
import { type Surroundings, thisMachine } from './surroundings.ts';

/** `onepilot models list [--all]`. @throws AGENT_BAD_IMAGE_FACTS, CATALOGUE_WRONG */
export async function listModels(
  { flag, world }: Pick<Call, 'flag' | 'world'>,
  surroundings: Surroundings = thisMachine,
): Promise<Result> {
  const inventory = await takeInventory(world);
  const here = rowsHere(inventory, await observeLive(inventory, world, surroundings));
  const elsewhere = flag('all') ? rowsElsewhere(inventory, here, await surroundings.engineMachine()) : [];
  const rows = [...here, ...elsewhere];
  return { code: done, text: listText(rows), json: { models: rows } };
}

async function observeLive(
  inventory: Inventory,
  { unitStatuses }: Call['world'],
  { absences }: Surroundings,
): Promise<Live> {
  const { baked, store, partials } = inventory;
  const bakedSizes = new Map<string, number>();
  for (const { file } of baked) {
    const found = await stat(join(store, file)).catch(() => undefined);
    if (found) bakedSizes.set(file, found.size);
  }
  const beingFetched = new Set<string>();
  for (const { source } of partials) {
    if (source.kind !== 'disk' && (await isBeingFetched(store, source))) beingFetched.add(sourceKey(source));
  }
  const engine = (await unitStatuses([units.engine])).get(units.engine)?.state ?? '';
  const isEngineUp = ['active', 'activating', 'reloading'].includes(engine);
  return { isEngineUp, absences: await absences(), beingFetched, bakedSizes };
}

async function isBeingFetched(store: string, source: RemoteSource): Promise<boolean> {
  try {
    await inSourceTurn(store, source, { patience: 0 }, async () => {});
    return false;
  } catch (error) {
    if (error instanceof OnePilotError && error.code === 'MODEL_FETCH_BUSY') return true;
    throw error;
  }
}

function listText(rows: readonly ModelRow[]): string {
  if (rows.length === 0) return 'There is no model here. See: onepilot models list --all\n';
  const header = ['NAME', 'FOR', 'SIZE', 'LICENCE', 'STATE', 'FROM'];
  return asText(columns([header, ...rows.map(cells)]));
}

function cells({ id, holds, roles, size, licence, origin, source, state }: ModelRow): string[] {
  const from =
    origin === 'image' ? ['image', ...(source === null ? [] : [source])].join(', ') : (source ?? '-');
  return [
    id,
    holds === 'adapter' ? 'adapter' : roles.join(', ') || '-',
    size === null ? '-' : shownBytes(size),
    licence ?? '-',
    stateText(state),
    from,
  ];
}

function stateText(state: ModelState): string {
  switch (state.state) {
    case 'serving':
    case 'ready':
      return state.state;
    case 'stopped':
      return 'not served: the engine is stopped';
    case 'wanted':
      return 'wanted, not here yet';
    case 'failed':
      return `failed: ${state.reason}`;
    case 'shed':
      return `given up for memory: ${state.reason}`;
    case 'unfetchable':
      return `could not be fetched: ${state.reason}`;
    case 'refused':
      return `refused by the engine: ${state.reason}`;
    case 'fetching':
    case 'incomplete': {
      const { received, size } = state;
      const share = size === null ? shownBytes(received) : `${percent(received, size)} %`;
      return state.state === 'fetching' ? `fetching, ${share}` : `incomplete, ${share} here`;
    }
    case 'absent':
      return state.fits === false ? 'not here, does not fit this machine' : 'not here';
  }
}
