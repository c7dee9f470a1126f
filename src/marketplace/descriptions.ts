import type { Manifest } from '../builder/manifest.ts';
import { modelDiskLabel } from '../models/model-disk.ts';
import { modelPresets } from './model-presets.ts';
import type { VmSize } from './vm-template.ts';

/** What an entry says of itself: a line for lists, and a page in Markdown. */
export interface Description {
  readonly short: string;
  readonly description: string;
}

/** The profile whose model is an automaton, for tests. */
const smoke = 'smoke';

/** GiB of MiB, as people write memory. */
export function memoryText(mebibytes: number): string {
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024} GB` : `${mebibytes} MB`;
}

/** An image with its models in it. */
export function describeImage(manifest: Manifest, size: VmSize): Description {
  return {
    short: `${kind(manifest)} for a VM with ${memoryText(size.memory)}, on CPUs alone`,
    description: page(
      what(manifest.profile),
      modelList(manifest),
      requirements(size),
      start,
      limits(manifest.profile),
    ),
  };
}

/** The image without models. */
export function describeSystem(manifest: Manifest, size: VmSize): Description {
  return {
    short: 'The system of OnePilot without a model, for VMs that have models on a disk',
    description: page(
      what(manifest.profile),
      [
        'This image holds no model. Import a template named «… with model disk», which takes this image and a disk of',
        'models, or name a model in the form: one of the catalogue or of a public hub is then fetched by the VM.',
      ],
      requirements(size),
      ['The models set what memory the VM needs beyond that.'],
      start,
      ['**Limits**', '', ...applianceLimits],
    ),
  };
}

/** A disk of models; `system` is the name of the app that boots with it. */
export function describeModelDisk(manifest: Manifest, system: string): Description {
  const values = [...modelPresets(manifest.models)].map(([name, value]) => `- \`${name}\`: \`${value}\``);
  return {
    short: `Models for a VM with ${memoryText(manifest.memory)}, as a disk for ${system}`,
    description: page(
      [
        `A disk of model files for the app ${system}, which holds none: ext4 with the label ${modelDiskLabel}. It boots`,
        'nothing by itself. The template with this disk sets these variables; a template of your own has to:',
      ],
      values,
      modelList(manifest),
      modelLimits(manifest.profile),
    ),
  };
}

/** A VM of the system and a disk of models. `disks`: the names of the two apps. */
export function describeTemplate(manifest: Manifest, size: VmSize, disks: readonly string[]): Description {
  return {
    short: `${kind(manifest)} for a VM with ${memoryText(size.memory)}, its models on a disk of their own`,
    description: page(
      what(manifest.profile),
      [
        'The VM has two disks, each an app of its own, so that the system can be replaced without fetching the models',
        'again:',
      ],
      disks.map((name) => `- ${name}`),
      modelList(manifest),
      requirements(size),
      start,
      limits(manifest.profile),
    ),
  };
}

function kind({ profile }: Manifest): string {
  return profile === smoke ? 'OnePilot with a test automaton, no copilot,' : 'OnePilot: a coding copilot';
}

function page(...paragraphs: readonly (readonly string[])[]): string {
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function what(profile: string): readonly string[] {
  if (profile === smoke) {
    return [
      '**A test of the machinery, no copilot:** the one model in it is an automaton that says known sentences. It shows',
      'that the VM comes up, answers over HTTPS and follows its context.',
    ];
  }
  return [
    'OnePilot serves language models for editors and coding agents over HTTPS, computed by the CPUs of this VM: chat,',
    'completion while people type, and embeddings. It speaks the APIs of OpenAI, Anthropic, Mistral, Ollama and llama.cpp,',
    'so that clients for those connect to `https://ADDRESS/v1` with an API key. What people ask is answered in the VM,',
    'unless you name other endpoints in its context, and written down nowhere. The engine is llama.cpp, the system Debian.',
  ];
}

const purposes = { chat: 'chat', complete: 'completion', embed: 'embeddings' } as const;

function modelList({ models }: Manifest): readonly string[] {
  if (models.length === 0) return [];
  const lines = models.map(
    ({ id, roles, licence }) =>
      `- \`${id}\` for ${roles.map((role) => purposes[role]).join(' and ')}${licence === undefined ? '' : `, licence ${licence}`}`,
  );
  return ['**Models**', '', ...lines];
}

function requirements({ vcpus, memory }: VmSize): readonly string[] {
  return [
    '**Requirements**',
    '',
    `- KVM on x86-64, ${vcpus} virtual CPUs and ${memoryText(memory)} of memory; no GPU. CPUs with AVX2 or AVX-512 are used where the`,
    '  template passes the CPU of the host through, as this one does; without them it works and is slower.',
    '- A network in which clients reach ports 443 and 80 of the VM, and you port 22. OneGate is used where it is there.',
  ];
}

const start: readonly string[] = [
  '**First steps**',
  '',
  '1. Instantiate the template; no input is mandatory. READY=YES is reported when the models answer.',
  '2. Get the API key: as root over SSH, `onepilot key`; or give your own as ONEAPP_COPILOT_API_PASSWORD.',
  '3. `onepilot setup CLIENT` prints what to write into an editor; `https://ADDRESS/ca.crt` is what to trust.',
];

const applianceLimits: readonly string[] = [
  "- Until you name a domain or give a certificate, HTTPS shows one of the VM's own CA, which clients have to be told to trust.",
  '- One VM serves by itself: several do not share work in this version.',
];

function limits(profile: string): readonly string[] {
  return ['**Limits**', '', ...applianceLimits, ...modelLimits(profile)];
}

function modelLimits(profile: string): readonly string[] {
  if (profile === smoke) return ['- The model is an automaton for tests, and no copilot.'];
  return [
    '- No speed is promised: `onepilot models bench` measures it on your VM.',
    '- Models make mistakes: what they write is to be read before it is used.',
  ];
}
