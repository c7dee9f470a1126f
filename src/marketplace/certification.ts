import type { Entries } from './entries.ts';
import type { VmSize } from './vm-template.ts';
import { yamlDocument } from './yaml-document.ts';

/**
 * What certification sets in the context, without the prefix that it adds. appliance/marketplace/tests/ looks for the
 * effect of each. No comma and no quote in a value: they go through a command line.
 */
const certifiedContext = {
  ':COPILOT_CONTEXT_SIZE': '4096',
  ':COPILOT_CPU_THREADS': '1',
  ':COPILOT_OPEN_METADATA': 'YES',
} as const;

/** A target of the one-apps that the marketplace pins; the job that builds images wants one to build first. */
const base = 'debian12';

const diskFormat = 'qcow2';

/** `metadata.yaml`, with the keys that certification reads (marketplace-community, lib/community/app_handler.rb). */
export function renderMetadata({ app }: Entries, { vcpus, memory }: VmSize): string {
  const metadata = {
    ':app': {
      ':name': app,
      ':type': 'service',
      ':os': { ':type': 'linux', ':base': base },
      ':hypervisor': 'KVM',
      ':context': { ':prefixed': true, ':params': certifiedContext },
    },
    ':one': {
      ':template': {
        NAME: 'base',
        TEMPLATE: {
          ARCH: 'x86_64',
          CONTEXT: { NETWORK: 'YES', SSH_PUBLIC_KEY: '$USER[SSH_PUBLIC_KEY]' },
          CPU: String(vcpus),
          VCPU: String(vcpus),
          CPU_MODEL: { MODEL: 'host-passthrough' },
          GRAPHICS: { LISTEN: '0.0.0.0', TYPE: 'vnc' },
          MEMORY: String(memory),
          NIC: { NETWORK: 'service' },
          NIC_DEFAULT: { MODEL: 'virtio' },
        },
      },
      ':datastore': 'default',
      ':timeout': '90',
    },
    ':infra': { ':disk_format': diskFormat, ':apps_path': '/opt/one-apps/export' },
  };
  return yamlDocument(metadata, [
    'What certification needs to know. The image is made of nothing that one-apps builds: :base is there because the job',
    'wants a target to build first. :params get ONEAPP_ before their names (:prefixed).',
  ]);
}

/** `context.yaml`: what the context suite runs, as certification writes it itself after its tests (`generate_context`). */
export function renderContextSuite({ app }: Entries): string {
  return yamlDocument({
    ':tests': {
      [base]: {
        ':image_name': `${app}.${diskFormat}`,
        ':type': 'linux',
        ':microenvs': ['context-kvm'],
        ':slow': true,
        ':enable_netcfg_common': true,
        ':enable_netcfg_ip_methods': true,
      },
    },
  });
}

/** `tests.yaml`: the files of `tests/` in the order in which they run. */
export function renderTestList(names: readonly string[]): string {
  return yamlDocument(names.toSorted());
}
