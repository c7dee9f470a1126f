import { SPDX } from '@cyclonedx/cyclonedx-library';

/** Short names of Debian (DEP 5) whose text has another identifier in the SPDX list, in small letters. */
const otherNames: Readonly<Record<string, string>> = {
  'apache-2': 'Apache-2.0',
  // The text in /usr/share/common-licenses, which is Perl's.
  artistic: 'Artistic-1.0-Perl',
  'artistic-2': 'Artistic-2.0',
  'bsl-1': 'BSL-1.0',
  cc0: 'CC0-1.0',
  expat: 'MIT',
};

/** Exceptions that say their version, or have none, by Debian's name for them in small letters. */
const exceptions: Readonly<Record<string, string>> = {
  'bison-2.2': 'Bison-exception-2.2',
  'linux-syscall-note': 'Linux-syscall-note',
  llvm: 'LLVM-exception',
};

const gnu = /^(AGPL|GFDL|GPL|LGPL)-(NIV-)?(\d)(?:\.(\d))?(?:\.0)?(\+|-or-later|-only)?$/i;

/** `GPL-2+` as `GPL-2.0-or-later`: Debian's way to write versions of the GNU licences. */
function gnuLicence(name: string): string | undefined {
  const [, family = '', invariant, major, minor = '0', later] = gnu.exec(name) ?? [];
  if (major === undefined) return undefined;
  const variant = invariant === undefined ? '' : '-no-invariants';
  const reach = later === '+' || later?.toLowerCase() === '-or-later' ? 'or-later' : 'only';
  const id = `${family.toUpperCase()}-${major}.${minor}${variant}-${reach}`;
  return SPDX.isSupportedSpdxId(id) ? id : undefined;
}

/** A reference to a licence that is not in the SPDX list (SPDX 2.3, annex D), telling whose name it is. */
export function debianReference(name: string): string {
  const plain = name.replace(/\+/g, '-or-later').replace(/[^A-Za-z0-9.-]+/g, '-');
  return `LicenseRef-Debian-${plain.replace(/^-+|-+$/g, '')}`;
}

function single(name: string): string {
  const [, base, exception] = /^(.+?)\s+with\s+(.+?)\s+exception$/i.exec(name) ?? [];
  if (base !== undefined && exception !== undefined) {
    const known = exceptions[exception.toLowerCase()];
    const licence = single(base);
    return known === undefined || licence.startsWith('LicenseRef-')
      ? debianReference(name)
      : `${licence} WITH ${known}`;
  }
  return (
    otherNames[name.toLowerCase()] ?? gnuLicence(name) ?? SPDX.fixupSpdxId(name) ?? debianReference(name)
  );
}

/** What a clause without commas says, as expressions that all apply; a choice is one expression, in parentheses. */
function clauseTerms(clause: string): string[] {
  const choices = clause.split(/\s+or\s+/i).map((choice) => choice.split(/\s+and\s+/i).map(single));
  const [only] = choices;
  if (choices.length === 1 && only) return only;
  return [`(${[...new Set(choices.map((terms) => terms.join(' AND ')))].sort().join(' OR ')})`];
}

/**
 * What a `License` field says (DEP 5, "License specification") as SPDX expressions that all apply. `and` binds closer
 * than `or`, and a comma before either ends what it joins.
 */
export function termsOfDebianName(name: string): string[] {
  let terms: string[] = [];
  for (const clause of name.trim().split(/,\s*(?=(?:and|or)\s)/i)) {
    const [, word, rest = clause] = /^(and|or)\s+(.*)$/is.exec(clause) ?? [];
    const further = clauseTerms(rest);
    terms =
      word?.toLowerCase() === 'or'
        ? [`(${terms.join(' AND ')} OR ${further.join(' AND ')})`]
        : [...terms, ...further];
  }
  return terms;
}

/** One expression of several that all apply, each once, in the order of their names. */
export function allOf(terms: readonly string[]): string {
  const unique = [...new Set(terms)].sort();
  return unique.length === 1 ? unique.join('').replace(/^\((.*)\)$/, '$1') : unique.join(' AND ');
}
