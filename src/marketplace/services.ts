/**
 * Adds an app to `SERVICES` of the marketplace's `apps-code/community-apps/Makefile.config`, once.
 * @returns the whole text; undefined where it defines no SERVICES on one line
 */
export function withService(makefile: string, app: string): string | undefined {
  const definition = /^SERVICES[ \t]*:?=[ \t]*(.*)$/m.exec(makefile);
  if (!definition) return undefined;
  const [line, names = ''] = definition;
  if (names.split(/\s+/).includes(app)) return makefile;
  return makefile.replace(line, () => `${line.trimEnd()} ${app}`);
}
