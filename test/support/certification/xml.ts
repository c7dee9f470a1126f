import type { ContextValues } from '../../../src/vm/context-disk.ts';

/** A VM as the front-end double knows it. */
export interface Vm {
  readonly id: number;
  state: 'BOOT' | 'BOOT_FAILURE' | 'RUNNING' | 'DONE';
  readonly address: string;
  readonly context: ContextValues;
  /** What it has told OneGate. */
  readonly userTemplate: ContextValues;
}

/** STATE and LCM_STATE (include/VirtualMachine.h). */
const states = { BOOT: [3, 2], BOOT_FAILURE: [3, 36], RUNNING: [3, 3], DONE: [6, 0] } as const;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function elements(values: ContextValues): string {
  return Object.entries(values)
    .map(([key, value]) => element(key, escaped(value)))
    .join('');
}

/** `onevm show -x`, as far as somebody here reads it. */
export function vmXml({ id, state, address, context, userTemplate }: Vm): string {
  const [code, lifeCycle] = states[state];
  const nic = [element('IP', address), element('NIC_ID', '0')].join('');
  return element(
    'VM',
    [
      element('ID', String(id)),
      element('STATE', String(code)),
      element('LCM_STATE', String(lifeCycle)),
      element('TEMPLATE', element('CONTEXT', elements(context)) + element('NIC', nic)),
      element('USER_TEMPLATE', elements(userTemplate)),
    ].join('\n'),
  );
}

/** `oneimage show -x` of an image that is READY. */
export function imageXml(id: number, name: string): string {
  return element(
    'IMAGE',
    [element('ID', String(id)), element('NAME', name), element('STATE', '1')].join('\n'),
  );
}
