import type { Finding, Rule } from './finding.ts';
import { servedTemplate } from './import-driver.ts';
import { type Mapping, mapping } from './mapping.ts';
import { type Entry, entryImages, type Submission } from './submission.ts';

/** Attributes that belong to the cloud that imports (docs.opennebula.io, «VM Template»). */
const devices = ['NIC', 'NIC_ALIAS', 'DISK', 'PCI'];

/** What every VM of ours is told, and where the core takes it from. */
const basics = {
  NETWORK: 'YES',
  TOKEN: 'YES',
  REPORT_READY: 'YES',
  SSH_PUBLIC_KEY: '$USER[SSH_PUBLIC_KEY]',
  SET_HOSTNAME: '$NAME',
} as const;

/** The core as a consumer: whether a VM can be made of the template, here and now and with what the form asked. */
export function checkVmTemplate({ entries }: Submission): Finding[] {
  // One without a template is the server's finding.
  const described = entries.filter((entry) => isVm(entry) && entry.data.opennebula_template !== undefined);
  return described.flatMap(({ file, data }) => {
    const template = servedTemplate(data);
    const problems = [...hardCoded(template), ...context(template), ...capacity(template)];
    return problems.map(([rule, problem]): Finding => ({ file, rule, problem }));
  });
}

/** Not so: an entry for a disk of data. */
export function isVm(entry: Entry): boolean {
  const [image] = entryImages(entry);
  return image === undefined || image.type === 'OS' || entry.data.opennebula_template !== undefined;
}

type Problem = readonly [Rule, string];

function hardCoded(template: Mapping): Problem[] {
  return Object.keys(template).flatMap((key): Problem[] => {
    if (devices.includes(key)) return [['device-in-template', `the template has ${key}`]];
    if (key.startsWith('SCHED_')) return [['scheduling-in-template', `the template has ${key}`]];
    return [];
  });
}

function context(template: Mapping): Problem[] {
  const given = mapping(template.CONTEXT);
  const inputs = Object.keys(mapping(template.USER_INPUTS));
  const missing = Object.entries(basics).filter(([key, value]) => String(given[key]) !== value);
  const unanswered = inputs.filter((name) => given[name] !== `$${name}`);
  const references = Object.values(given).flatMap(
    (value) => /^\$(ONEAPP_\w+)$/.exec(String(value))?.[1] ?? [],
  );
  return [
    ...missing.map(([key, value]): Problem => ['context-basics', `CONTEXT needs ${key} = ${value}`]),
    ...unanswered.map((name): Problem => ['context-reference', `CONTEXT needs ${name} = $${name}`]),
    ...references
      .filter((name) => !inputs.includes(name))
      .map((name): Problem => ['context-reference', `CONTEXT refers to $${name}, which no input asks for`]),
  ];
}

function capacity(template: Mapping): Problem[] {
  const wrong = (key: string, form: RegExp) => !form.test(String(template[key]));
  const numbers = [
    ['CPU', /^\d+(\.\d+)?$/],
    ['VCPU', /^[1-9]\d*$/],
    ['MEMORY', /^[1-9]\d*$/],
  ] as const;
  const model = mapping(template.CPU_MODEL).MODEL;
  return [
    ...numbers
      .filter(([key, form]) => wrong(key, form))
      .map(([key]): Problem => ['capacity', `${key} must be a number, not «${String(template[key])}»`]),
    ...(model === 'host-passthrough'
      ? []
      : [['capacity', `CPU_MODEL must be host-passthrough, not «${String(model)}»`] satisfies Problem]),
  ];
}
