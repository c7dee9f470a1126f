import { allOf, termsOfDebianName } from './debian-licence-names.ts';

/**
 * The licences in a Debian copyright file that machines can read (DEP 5), as one SPDX expression: whatever applies to
 * any file of the source package, so it may name more than what is in the binary one.
 * @returns undefined for a file in free text
 */
export function licencesOfCopyrightFile(text: string): string | undefined {
  const [header = '', ...paragraphs] = text.replaceAll('\r', '').split(/\n[ \t]*\n/);
  if (!/^Format(-Specification)?:/im.test(header)) return undefined;
  // Paragraphs without files hold the texts of licences that others name.
  const stating = [header, ...paragraphs.filter((paragraph) => /^Files:/im.test(paragraph))];
  const names = stating.flatMap((paragraph) => {
    const name = /^Licen[sc]e:[ \t]*(\S.*)$/im.exec(paragraph)?.[1]?.trim();
    return name === undefined ? [] : [name];
  });
  return names.length === 0 ? undefined : allOf(names.flatMap(termsOfDebianName));
}
