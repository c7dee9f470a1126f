import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { checkout } from '../../../src/builder/places.ts';
import type { ApplianceFiles } from './checkout.ts';

/** Ruby reads YAML 1.1, in which a bare YES is no string. */
const readByRuby = { version: '1.1' } as const;

const spec = 'tests/00-onepilot_basic.rb';

/** What metadata.yaml says; the keys are Ruby's symbols. */
export const metadata = {
  ':app': {
    ':name': 'onepilot',
    ':type': 'service',
    ':os': { ':type': 'linux', ':base': 'debian13' },
    ':hypervisor': 'KVM',
    ':context': {
      ':prefixed': true,
      ':params': {
        ':COPILOT_CONTEXT_SIZE': '8192',
        ':COPILOT_CPU_THREADS': '1',
        ':COPILOT_OPEN_METADATA': 'YES',
      },
    },
  },
  ':one': { ':template': { NAME: 'base' }, ':datastore_name': 'default', ':timeout': '90' },
  ':infra': { ':disk_format': 'qcow2', ':apps_path': '/var/tmp' },
};

/** Where the certification takes the image from, on the front-end. */
export const imageFile = '/var/tmp/onepilot.qcow2';

/** The part of the submission that the certification reads. */
export async function submittedFiles(): Promise<ApplianceFiles> {
  return {
    'metadata.yaml': stringify(metadata, readByRuby),
    'tests.yaml': stringify([spec.replace('tests/', '')]),
    [spec]: await readFile(join(checkout, 'appliance/marketplace', spec), 'utf8'),
  };
}
