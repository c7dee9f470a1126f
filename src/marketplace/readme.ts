import { offeredVariables } from '../context/user-inputs.ts';
import type { Variable } from '../context/variable.ts';
import { howToVerify } from '../signature/how-to-verify.ts';
import type { Published } from './artefact.ts';
import { memoryText } from './descriptions.ts';
import type { Entry } from './entry.ts';
import { entryVersion } from './version.ts';
import type { VmSize } from './vm-template.ts';

interface Facts {
  readonly app: string;
  readonly image: Published;
  readonly size: VmSize;
  readonly release: number;
  /** Everything that is submitted, the image's own entry first. */
  readonly entries: readonly Entry[];
  readonly opennebula: readonly string[];
  /** Name of the app that holds the system alone, where there is one. */
  readonly system?: string | undefined;
}

/** `README.md` of the appliance, with the sections that the marketplace's example has. */
export function renderReadme(facts: Facts): string {
  const { manifest } = facts.image;
  return [
    '# OnePilot',
    ...about(manifest.profile),
    '## Download',
    ...download(facts),
    '## Verification',
    howToVerify({ url: facts.image.url, file: facts.image.file.file }),
    '## Requirements',
    ...requirements(facts),
    '## Release Notes',
    `Version ${entryVersion(manifest, facts.release)}. What changed stands in [CHANGELOG.md](CHANGELOG.md). In it: ${contents(facts.image)}.`,
    '## Quick Start',
    ...quickStart(facts),
    '## Features',
    features.join('\n'),
    '## Limits',
    limits.join('\n'),
    ...replacing(facts),
    '## Contextualization',
    contextualization,
    variableTable(),
    '',
  ].join('\n\n');
}

/** What the entries with separate disks are for. */
function replacing({ system }: Facts): readonly string[] {
  if (system === undefined) return [];
  return [
    '## Replacing the System',
    `A template «… with model disk» makes VMs of two images, so that a new version is fetched without its models: import ${system} again, and put its image in the place of the first disk of the template. The disk of models stays, and several VMs can be made of it.`,
    'A VM made of the new image starts afresh: keys that were made on the old one, its own CA and its usage are on the disk of the old one. What stands in the context is the same.',
  ];
}

function about(profile: string): readonly string[] {
  const text =
    'One virtual machine that serves language models for editors and coding agents over HTTPS, on CPUs alone. What people ask is answered in the VM, unless you name other endpoints yourself, and written down nowhere.';
  if (profile !== 'smoke') return [text];
  return [
    text,
    '**This is the test build: the one model in it is an automaton that says known sentences, and no copilot.**',
  ];
}

function download({ image, entries }: Facts): readonly string[] {
  return [
    'Import it from the marketplace in Sunstone, or with the command line. The image is:',
    [
      `- ${image.url}`,
      `- SHA-256 \`${image.file.sha256}\``,
      `- ${(image.file.size / 1e6).toFixed(0)} MB to fetch, ${Number((image.file.virtualSize / 1024 ** 3).toFixed(2))} GiB as a disk`,
    ].join('\n'),
    'The entries of this appliance:',
    entries.map(({ identity }) => `- ${identity.name}`).join('\n'),
  ];
}

function requirements({ size, opennebula }: Facts): readonly string[] {
  return [
    [
      `- OpenNebula ${opennebula.join(', ')} with KVM on x86-64.`,
      `- ${size.vcpus} virtual CPUs and ${memoryText(size.memory)} of memory, as the template has them. No GPU. The template passes the host's CPU through; with AVX2 or AVX-512 it is quicker, without them it works too.`,
      '- A network on which clients reach ports 443 and 80 of the VM, and you port 22.',
      '- OneGate is optional: where it is, the VM reports READY, its address and its state.',
    ].join('\n'),
  ];
}

function contents({ manifest }: Published): string {
  const versions = Object.entries(manifest.versions).map(([name, version]) => `${name} ${version}`);
  const models = manifest.models.map(({ id }) => `the model ${id}`);
  return [`Debian ${manifest.suite}`, ...versions, ...models].join(', ');
}

function quickStart({ app, image, entries }: Facts): readonly string[] {
  const name = entries[0]?.identity.name ?? 'OnePilot';
  const question = JSON.stringify({
    model: image.manifest.models[0]?.id,
    messages: [{ role: 'user', content: 'Hello' }],
  });
  return [
    [
      '1. Import the app and make a VM of its template. No input is mandatory.',
      '',
      '   ```sh',
      `   onemarketapp export '${name}' ${app} --datastore default`,
      `   onetemplate instantiate ${app} --name ${app} --nic NETWORK`,
      '   ```',
      '',
      '2. Wait for READY=YES in the attributes of the VM, or for «All set and ready to serve» when you log in. Where something',
      '   is wrong, the message of the day, `/etc/one-appliance/config` and `onepilot status` say what, and how to put it right.',
      '3. Get the API key, as root over SSH: `onepilot key`. Or choose it, as `ONEAPP_COPILOT_API_PASSWORD`.',
      "4. Fetch `https://ADDRESS/ca.crt` and let your clients trust it: until a domain is named, it is the VM's own CA that",
      '   vouches for it. Compare its fingerprint with what `onepilot certificate status` prints.',
      '5. Ask:',
      '',
      '   ```sh',
      '   curl --cacert ca.crt https://ADDRESS/v1/chat/completions -H "Authorization: Bearer KEY" \\',
      `     -H 'Content-Type: application/json' -d '${question}'`,
      '   ```',
      '',
      '   `onepilot setup CLIENT` prints what an editor or agent wants to have written down.',
    ].join('\n'),
  ];
}

const features = [
  '- The APIs of OpenAI (chat, completions, responses, embeddings), Anthropic, Mistral (gap filling), Ollama and llama.cpp, from one port.',
  '- One queue for the models, fair among keys; keys with scopes, an end and limits; usage in tokens, never what was said.',
  "- Certificates of the VM's own CA, of Let's Encrypt or another ACME CA, or your own; renewed without dropping a stream.",
  '- Context size, slots and threads follow from the model and the VM. Models of the image, of a hub, of a URL with its hash or of an attached disk.',
  '- The VM follows its context while it runs: a changed value, a grown disk or a new NIC is taken up within a minute.',
  '- Firewall, `/metrics` for Prometheus, `onepilot support` for bug reports without secrets.',
];

const limits = [
  '- No speed is promised: `onepilot models bench` measures it on your VM.',
  '- One VM serves by itself: several do not share work in this version.',
  '- Answers of language models can be wrong: read them before you use them.',
  '- With too little memory for a model the VM comes up without it and says so, instead of being killed later.',
];

const contextualization =
  'The variables that the form asks for. In a template of your own, set them in the section CONTEXT. An empty one counts as not set. `onepilot help variables` prints them on the VM.';

/** The variables of the form, a row for each: name, what holds where it is not set, what it is for and can be. */
export function variableTable(): string {
  const rows = offeredVariables().map(variableRow);
  return ['| Parameter | Default | Description |', '| --- | --- | --- |', ...rows].join('\n');
}

/** A row of the table. */
export function variableRow({ name, shownDefault, help, rule }: Variable<unknown>): string {
  const initial = shownDefault === '' ? 'not set' : `\`${shownDefault}\``;
  const cells = [`\`${name}\``, initial, `${help} It is ${rule}.`];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
