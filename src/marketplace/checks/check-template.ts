import type { Finding, Rule } from './finding.ts';
import { importApp, servedTemplate } from './import-driver.ts';
import { Mapping, mapping } from './mapping.ts';
import { type Entry, entryImages, entryType, type Submission } from './submission.ts';
import { type CoreTemplate, readTemplateText } from './template-text.ts';

/**
 * The import driver as a consumer (one, src/market_mad/remotes/one/monitor): whether everything that an entry says
 * arrives in the core, in the form in which it was meant.
 */
export function checkImport({ entries }: Submission): Finding[] {
  const images = entries.filter((entry) => entryType(entry) === 'IMAGE').map(({ data }) => data.name);
  return entries.flatMap((entry) => [...importedImages(entry), ...disks(entry, images), ...arrives(entry)]);
}

function importedImages(entry: Entry): Finding[] {
  const count = entryImages(entry).length;
  const most = entryType(entry) === 'VMTEMPLATE' ? 0 : 1;
  if (count <= most) return [];
  const problem = `has ${count} images: of type ${entryType(entry)}, ${most} would be imported`;
  return [{ file: entry.file, rule: 'one-image', problem }];
}

function disks(entry: Entry, images: readonly unknown[]): Finding[] {
  if (entryType(entry) !== 'VMTEMPLATE') return [];
  const wanted = importApp(entry.data).disks;
  const found = (problem: string): Finding => ({ file: entry.file, rule: 'disk-app', problem });
  if (wanted.length === 0) return [found('has no disks: the VM would have nothing to boot from')];
  return wanted
    .filter((name) => !images.includes(name))
    .map((name) => found(`no image of this submission is called «${name}»`));
}

function arrives(entry: Entry): Finding[] {
  const template = servedTemplate(entry.data);
  const lost = Object.entries(template).flatMap(([key, value]) => lostParts(entry.file, key, value));
  if (lost.length > 0) return lost;
  const rendered = importApp(entry.data).vmTemplate;
  if (rendered === undefined) return [];
  const wanted = asCoreTemplate(template);
  try {
    const read = readTemplateText(rendered);
    const different = [...wanted]
      .filter(([key, value]) => !sameValue(read.get(key), value))
      .map(([key]) => key);
    if (different.length === 0 && read.size === wanted.size) return [];
    const problem = `arrives differently in the core: ${different.join(', ')}`;
    return [{ file: entry.file, rule: 'template-unreadable', problem }];
  } catch (error) {
    const problem = `the core cannot read it: ${error instanceof Error ? error.message : String(error)}`;
    return [{ file: entry.file, rule: 'template-unreadable', problem }];
  }
}

function lostParts(file: string, path: string, value: unknown, depth = 1): Finding[] {
  const found = (rule: Rule, problem: string): Finding[] => [{ file, rule, problem: `${path} ${problem}` }];
  const inner = Mapping.safeParse(value);
  if (inner.success && depth === 1 && Object.keys(inner.data).length > 0) {
    return Object.entries(inner.data).flatMap(([key, part]) => lostParts(file, `${path}/${key}`, part, 2));
  }
  if (inner.success || Array.isArray(value) || value === null || value === undefined || value === '') {
    return found('attribute-dropped', 'is a list, empty or lies too deep');
  }
  if (typeof value !== 'string')
    return found('template-dropped', `is ${String(value)} and no string: quote it`);
  return value.includes('"') ? found('quote-in-value', 'has a double quote in it') : [];
}

function asCoreTemplate(template: Mapping): CoreTemplate {
  const asCore = (value: unknown): CoreValue => {
    if (typeof value === 'string') return value;
    return new Map(Object.entries(mapping(value)).map(([name, part]) => [name, String(part)]));
  };
  return new Map(Object.entries(template).map(([key, value]) => [key, asCore(value)]));
}

type CoreValue = string | ReadonlyMap<string, string>;

function sameValue(one: CoreValue | undefined, other: CoreValue): boolean {
  if (one === undefined || typeof one === 'string' || typeof other === 'string') return one === other;
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}
