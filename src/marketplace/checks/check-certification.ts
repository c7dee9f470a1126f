import { basename } from 'node:path';
import * as z from 'zod';
import { variableList } from '../../context/variables.ts';
import type { Finding } from './finding.ts';
import { mapping } from './mapping.ts';
import { appFile, readYaml, type Submission } from './submission.ts';

const Text = z.string().min(1);

/** What `app_handler.rb` and the workflow read. A key that begins with a colon is one of Ruby's symbols. */
const Metadata = z.looseObject({
  ':app': z.looseObject({
    ':name': Text,
    ':type': z.enum(['service', 'distro']),
    ':os': z.looseObject({ ':type': z.literal('linux'), ':base': Text }),
    ':hypervisor': Text,
    ':context': z.looseObject({
      ':prefixed': z.boolean(),
      // They become KEY="value" in a list with commas, on a shell's command line.
      ':params': z.record(z.string(), z.string().regex(/^[^"',$`\\]*$/)),
    }),
  }),
  ':one': z.looseObject({
    ':template': z.record(z.string(), z.unknown()),
    ':datastore': Text.optional(),
    ':datastore_name': z.undefined('is read by nobody: the key is :datastore').optional(),
    // It becomes an environment variable.
    ':timeout': Text.optional(),
  }),
  ':infra': z.looseObject({ ':disk_format': z.literal('qcow2'), ':apps_path': Text.optional() }),
});
type Metadata = z.infer<typeof Metadata>;

/**
 * The certification as a consumer (marketplace-community, lib/community/app_handler.rb and app_readiness.rb):
 * `metadata.yaml`, `tests.yaml` with the specs it names, and the `context.yaml` that it writes.
 */
export function checkCertification(submission: Submission): Finding[] {
  const { file, content } = appFile(submission, 'metadata.yaml');
  if (!content) return [{ file, rule: 'metadata', problem: 'is missing' }, ...tests(submission)];
  const read = Metadata.safeParse(readYaml(content));
  const wrong = (read.error?.issues ?? []).map(({ path, message }): Finding => {
    return { file, rule: 'metadata', problem: `${path.join('→')}: ${message}` };
  });
  const metadata = read.data;
  return [
    ...wrong,
    ...tests(submission),
    ...(metadata ? [...parameters(file, metadata), ...contextFile(submission, metadata)] : []),
  ];
}

function parameters(file: string, { ':app': app }: Metadata): Finding[] {
  const { ':prefixed': prefixed, ':params': params } = app[':context'];
  const known = new Set<string>(variableList.map(({ name }) => name));
  return Object.keys(params)
    .map((key) => `${prefixed ? 'ONEAPP_' : ''}${key.replace(/^:/, '')}`)
    .filter((name) => !known.has(name))
    .map((name) => ({
      file,
      rule: 'metadata',
      problem: `:params make ${name}, which is no variable of ours`,
    }));
}

function tests(submission: Submission): Finding[] {
  const { file, content } = appFile(submission, 'tests.yaml');
  const list = z.array(z.string()).safeParse(content && readYaml(content));
  if (!list.success) return [{ file, rule: 'tests-list', problem: 'must be a list of file names' }];
  const folder = `appliances/${submission.app}/tests/`;
  const specs = [...submission.files].filter(([path]) => path.startsWith(folder) && path.endsWith('.rb'));
  const there = specs.map(([path]) => basename(path));
  return [
    ...list.data
      .filter((name) => !there.includes(name))
      .map((name): Finding => ({ file, rule: 'tests-list', problem: `${name} is not in tests/` })),
    ...there
      .filter((name) => !list.data.includes(name))
      .map((name): Finding => ({ file, rule: 'tests-list', problem: `${name} is never run` })),
    ...specs.flatMap(([path, text]) => spec(path, text.toString())),
  ];
}

function spec(file: string, text: string): Finding[] {
  const needs = [
    [
      /require_relative\s*\(?\s*['"]\.\.\/\.\.\/\.\.\/lib\/community\/app_handler['"]/,
      'require lib/community/app_handler',
    ],
    [/include_context\s*\(?\s*['"]vm_handler['"]/, "include_context('vm_handler')"],
  ] as const;
  return needs
    .filter(([form]) => !form.test(text))
    .map(([, what]) => ({ file, rule: 'spec', problem: `must ${what}` }));
}

function contextFile(submission: Submission, { ':app': app, ':infra': infra }: Metadata): Finding[] {
  const { file, content } = appFile(submission, 'context.yaml');
  const suite = mapping(mapping(mapping(content && readYaml(content))[':tests'])[app[':os'][':base']]);
  const wanted = {
    ':image_name': `${app[':name']}.${infra[':disk_format']}`,
    ':type': app[':os'][':type'],
    ':microenvs': [`context-${app[':hypervisor'].toLowerCase()}`],
  };
  return Object.entries(wanted)
    .filter(([key, value]) => JSON.stringify(suite[key]) !== JSON.stringify(value))
    .map(([key, value]) => {
      const problem = `${key} of ${app[':os'][':base']} must be ${JSON.stringify(value)}`;
      return { file, rule: 'context-file', problem };
    });
}
