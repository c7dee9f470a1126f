import { mkdir, symlink } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import type { ContextValues } from '../../../src/vm/context-disk.ts';
import { contextOf } from './context-option.ts';
import { imageXml, type Vm, vmXml } from './xml.ts';

/** The `one*` commands of an OpenNebula front-end with one VM template, `base`, and no image at first. */
export interface FrontEnd {
  /** Folder for PATH, with the commands. */
  readonly commands: string;
  /** What the commands need in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Command lines that came, in order. */
  readonly asked: readonly (readonly string[])[];
  close(): Promise<void>;
}

export interface FrontEndOptions {
  /** Of the test; the socket and the commands go there. */
  readonly directory: string;
  /** Files that `oneimage create --path` finds on the front-end. */
  readonly files: readonly string[];
  /** `SSH_PUBLIC_KEY` of the user who calls, for `$USER[SSH_PUBLIC_KEY]`. */
  readonly publicKey: string;
  /** Address that the network gives the VM. */
  readonly address: string;
  /** What the VM tells OneGate at once; nothing, where nothing is said. */
  readonly userTemplate?: ContextValues;
  /** Boots a VM of the image that was created from `file`. Until it is done the VM is in state BOOT. */
  start(context: ContextValues, file: string): Promise<void>;
  /** Ends that VM. */
  stop(): Promise<void>;
}

const commandNames = ['onetemplate', 'oneimage', 'onevm'];
const Words = z.array(z.string());

/** Value of an option `--name VALUE` or `-n VALUE`; undefined when it is not there. */
function option(words: readonly string[], name: string): string | undefined {
  const at = words.indexOf(name);
  return at === -1 ? undefined : words[at + 1];
}

export async function startFrontEnd(options: FrontEndOptions): Promise<FrontEnd> {
  const images = new Map<string, string>();
  const vms: Vm[] = [];
  const asked: string[][] = [];

  const numbered = <Item>(items: readonly Item[], id: string | undefined): Item => {
    const item = items[Number(id)];
    if (item === undefined) throw new Error(`Error getting ${id}: it does not exist`);
    return item;
  };

  const createImage = (words: readonly string[]): string => {
    const [name, path] = [option(words, '--name'), option(words, '--path')];
    if (!name || !path || !options.files.includes(path)) throw new Error(`Cannot stat file ${path}`);
    if (images.has(name)) throw new Error(`NAME is already taken by IMAGE ${name}`);
    images.set(name, path);
    return `ID: ${images.size - 1}\n`;
  };

  const instantiate = ([template, ...words]: readonly string[]): string => {
    const disk = option(words, '--disk');
    const file = images.get(disk ?? '');
    if (template !== 'base') throw new Error(`VMTEMPLATE named ${template} not found`);
    if (file === undefined) throw new Error(`IMAGE named ${disk} not found`);
    const context = contextOf(option(words, '--context') ?? '', options.publicKey);
    const { address, userTemplate = {} } = options;
    const vm: Vm = { id: vms.length, state: 'BOOT', address, context, userTemplate };
    vms.push(vm);
    options.start(context, file).then(
      () => {
        vm.state = 'RUNNING';
      },
      () => {
        vm.state = 'BOOT_FAILURE';
      },
    );
    return `VM ID: ${vm.id}\n`;
  };

  const terminate = async (id: string | undefined): Promise<string> => {
    const vm = numbered(vms, id);
    await options.stop();
    vm.state = 'DONE';
    return '';
  };

  const answer = async (words: readonly string[]): Promise<string> => {
    const [command, action, ...rest] = words;
    switch (`${command} ${action}`) {
      case 'oneimage list':
        return [...images.keys()].map((name) => `${name}\n`).join('');
      case 'oneimage create':
        return createImage(rest);
      case 'oneimage show':
        return imageXml(Number(rest.at(-1)), numbered([...images.keys()], rest.at(-1)));
      case 'onetemplate instantiate':
        return instantiate(rest);
      case 'onevm show':
        return vmXml(numbered(vms, rest.at(-1)));
      case 'onevm terminate':
        if (rest[0] !== '--hard') throw new Error('This VM has no ACPI.');
        return terminate(rest.at(-1));
      default:
        throw new Error(`This double of a front-end has no ${words.join(' ')}.`);
    }
  };

  const serve = async (socket: Socket): Promise<void> => {
    const words = Words.parse(JSON.parse(await text(socket)));
    asked.push(words);
    const said = await answer(words).then(
      (output) => ({ output, error: '' }),
      (error: unknown) => ({ output: '', error: String(error) }),
    );
    socket.end(JSON.stringify(said));
  };

  const commands = join(options.directory, 'commands');
  await mkdir(commands);
  const own = resolve(import.meta.dirname, 'commands');
  for (const name of commandNames) await symlink(join(own, 'one'), join(commands, name));

  const socketPath = join(options.directory, 'front-end.sock');
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    serve(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((listening, failed) => {
    server.on('error', failed).listen(socketPath, listening);
  });
  return {
    commands,
    environment: { ONE_FRONT_END: socketPath },
    asked,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}
