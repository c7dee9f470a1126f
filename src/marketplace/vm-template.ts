import { offeredVariables, userInputs } from '../context/user-inputs.ts';

/** What a VM gets. */
export interface VmSize {
  readonly vcpus: number;
  /** MiB. */
  readonly memory: number;
}

/**
 * The `opennebula_template` of an entry. Strings only: the import driver drops a template with any other scalar in it
 * without a word (OpenNebula/one, src/market_mad/remotes/one/monitor, `template_to_str`). No NIC, disk or PCI device,
 * which are the site's own.
 * @param presets values of variables, which forms show and which hold where nobody fills in a form
 */
export function vmTemplate(
  { vcpus, memory }: VmSize,
  presets: ReadonlyMap<string, string> = new Map(),
): Readonly<Record<string, string | Readonly<Record<string, string>>>> {
  return {
    context: {
      NETWORK: 'YES',
      TOKEN: 'YES',
      REPORT_READY: 'YES',
      SSH_PUBLIC_KEY: '$USER[SSH_PUBLIC_KEY]',
      SET_HOSTNAME: '$NAME',
      ...Object.fromEntries(offeredVariables().map(({ name }) => [name, `$${name}`])),
    },
    // A model computes on every core that it has: a share below that would be promised and not kept.
    cpu: String(vcpus),
    vcpu: String(vcpus),
    memory: String(memory),
    os: { arch: 'x86_64' },
    cpu_model: { model: 'host-passthrough' },
    graphics: { listen: '0.0.0.0', type: 'vnc' },
    ...userInputs(presets),
    // $NAME in the context is taken from here when the template is instantiated without its form's answers.
    ...Object.fromEntries(presets),
  };
}
