import { Mapping, mapping } from './mapping.ts';

/** What the core gets of one app. */
export interface ImportedApp {
  /** Names of the apps whose images become the VM's disks: `VMTEMPLATE` alone has some. */
  readonly disks: readonly string[];
  /** The VM template in the core's own notation; undefined where there is none, or where the driver dropped it. */
  readonly vmTemplate: string | undefined;
}

/**
 * What OpenNebula's import makes of an entry: the server's rendering (appmarket-simple, src/lib/appliance.rb:
 * keys of the template in upper case, as JSON) and the driver's (one, src/market_mad/remotes/one/monitor).
 */
export function importApp(data: Mapping): ImportedApp {
  const vmTemplate = renderOrDrop(servedTemplate(data));
  if (data.type === 'VMTEMPLATE') {
    return { disks: Array.isArray(data.disks) ? data.disks.map(String) : [], vmTemplate };
  }
  // Without an image the driver does not come to the template either.
  const imported = Array.isArray(data.images) && data.images.length > 0;
  return { disks: [], vmTemplate: imported ? vmTemplate : undefined };
}

/** An entry's template as the server hands it out, its keys in upper case. */
export function servedTemplate(data: Mapping): Mapping {
  return upperCaseKeys(writtenTemplate(data));
}

/** An entry's template as it is written: the server takes a mapping, or JSON of one. */
export function writtenTemplate({ opennebula_template: template }: Mapping): Mapping {
  if (typeof template !== 'string') return mapping(template);
  try {
    return mapping(JSON.parse(template));
  } catch {
    return {};
  }
}

function upperCaseKeys(template: Mapping): Mapping {
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => {
      const inner = Mapping.safeParse(value);
      return [key.toUpperCase(), inner.success ? upperCaseKeys(inner.data) : value];
    }),
  );
}

function renderOrDrop(template: Mapping): string | undefined {
  if (Object.keys(template).length === 0) return undefined;
  try {
    return renderTemplate(template);
  } catch {
    return undefined;
  }
}

/** Ruby's `nil` or an empty value. @throws TypeError for what has no `empty?`: numbers, booleans, dates */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'string' || Array.isArray(value)) return value.length === 0;
  const inner = Mapping.safeParse(value);
  if (inner.success) return Object.keys(inner.data).length === 0;
  throw new TypeError(`undefined method empty? for ${String(value)}`);
}

/** The driver's `template_to_str`. @throws TypeError where Ruby would */
export function renderTemplate(template: Mapping): string {
  const lines = Object.entries(template).flatMap(([key, value]) => {
    if (isEmpty(value)) return [];
    if (typeof value === 'string') return [`${key} = "${value}"`];
    const inner = Mapping.safeParse(value);
    if (!inner.success) return [];
    const pairs = Object.entries(inner.data).flatMap(([name, part]) =>
      isEmpty(part) ? [] : [`${name}  ="${typeof part === 'string' ? part : JSON.stringify(part)}"`],
    );
    return [`${key} = [ ${pairs.join(',')}]\n`];
  });
  return lines.join('\n');
}
