import { appendFile, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { checkout } from '../builder/places.ts';
import { productVersion } from '../builder/product.ts';
import type { StageName } from '../builder/stage.ts';
import { modelsFile } from '../builder/stages/model.ts';
import { copyTree } from '../builder/tree.ts';
import { gatewayGroup, units } from '../machine/paths.ts';
import { BakedModel, type ImageFacts } from '../models/image-facts.ts';
import type { PrivateMachine } from './private-machine.ts';
import { unitCommand } from './unit-command.ts';

const standIns = fileURLToPath(new URL('rootfs', import.meta.url));
const rootfs = join(checkout, 'appliance/rootfs');
const unitFiles = 'usr/lib/systemd/system';

/** What runs on the appliance without anybody's doing. */
const runningFromTheStart = [units.network, units.firewall];

/** The command of one of our units. */
export async function commandOf(unit: string): Promise<string[]> {
  return unitCommand(await readFile(join(rootfs, unitFiles, unit), 'utf8'));
}

/** Puts the appliance as built, a context, and stand-ins for what a VM would have besides, into `machine`. */
export async function installAppliance(
  machine: PrivateMachine,
  outputOf: (stage: StageName) => string,
): Promise<void> {
  const at = (path: string) => machine.path(path);
  await copyTree(rootfs, at('/'));
  await copyTree(standIns, at('/'));
  await copyTree(outputOf('app'), at('/usr/lib/onepilot'));
  await copyTree(outputOf('engine'), at('/usr/lib/onepilot/engine'));

  const list = await readFile(join(outputOf('model'), modelsFile), 'utf8');
  const models = z.array(BakedModel).parse(JSON.parse(list));
  for (const { file } of models) {
    await copyTree(join(outputOf('model'), file), at(`/var/lib/onepilot/models/${file}`));
  }
  const facts: ImageFacts = {
    version: await productVersion(),
    profile: 'smoke',
    builtAt: Math.floor(Date.now() / 1000),
    engine: 'of the bench',
    models,
  };
  await writeAt(at('/usr/share/onepilot/image.json'), JSON.stringify(facts));
  await appendFile(at('/etc/group'), `${gatewayGroup}:x:64901:\n`);

  const runtime = ['/run/onepilot-engine', '/run/onepilot-gateway'];
  for (const path of [...(await directoriesOfTheImage()), ...runtime]) {
    await mkdir(at(path), { recursive: true });
  }
  await writeAt(at('/dev/disk/by-label/CONTEXT'), '');
  await mkdir(at('/run/bench/active'), { recursive: true });
  for (const unit of runningFromTheStart) await writeFile(at(`/run/bench/active/${unit}`), '');
  // On the appliance the socket unit passes port 443.
  await addService(machine, units.gateway, ['--host', '0.0.0.0', '--port', '443']);
  await addService(machine, units.engine, []);
}

/** Those that systemd-tmpfiles makes; the agent itself sees to owners and modes. */
async function directoriesOfTheImage(): Promise<string[]> {
  const text = await readFile(join(rootfs, 'usr/lib/tmpfiles.d/onepilot.conf'), 'utf8');
  return [...text.matchAll(/^d (\S+)/gm)].map(([, path = '']) => path);
}

async function addService(machine: PrivateMachine, unit: string, more: readonly string[]): Promise<void> {
  const words = [...(await commandOf(unit)), ...more].map((word) => `'${word}'`);
  const program = machine.path(`/usr/lib/bench/units/${unit}`);
  await writeAt(program, `#!/bin/sh\nexec ${words.join(' ')}\n`);
  await chmod(program, 0o755);
}

async function writeAt(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
