import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { licencesOfCopyrightFile } from '../../../src/bill/copyright-file.ts';
import { debianCopyrights } from '../../../src/bill/debian-copyrights.ts';
import { allOf, termsOfDebianName } from '../../../src/bill/debian-licence-names.ts';

describe('a licence name of Debian as an SPDX expression', () => {
  it.each([
    ['GPL-2+', 'GPL-2.0-or-later'],
    ['GPL-2', 'GPL-2.0-only'],
    ['GPL-2.0+', 'GPL-2.0-or-later'],
    ['LGPL-2.1', 'LGPL-2.1-only'],
    ['gfdl-1.3+', 'GFDL-1.3-or-later'],
    ['GFDL-NIV-1.3+', 'GFDL-1.3-no-invariants-or-later'],
    ['Expat', 'MIT'],
    ['BSD-3-clause', 'BSD-3-Clause'],
    ['Apache-2', 'Apache-2.0'],
    // Any version, or none that was meant: the file tells.
    ['GPL', 'LicenseRef-Debian-GPL'],
    ['public-domain', 'LicenseRef-Debian-public-domain'],
    ['GPL-3+ with Bison exception', 'LicenseRef-Debian-GPL-3-or-later-with-Bison-exception'],
    ['GPL-2 with Linux-syscall-note exception', 'GPL-2.0-only WITH Linux-syscall-note'],
    ['Apache-2.0 with LLVM exception', 'Apache-2.0 WITH LLVM-exception'],
    ['Artistic or GPL-1+', 'Artistic-1.0-Perl OR GPL-1.0-or-later'],
    ['GPL-2+ and ISC', 'GPL-2.0-or-later AND ISC'],
    ['GPL-2+ or ISC and MIT', 'GPL-2.0-or-later OR ISC AND MIT'],
    ['GPL-2+ or AFL-2.1, and Expat', '(AFL-2.1 OR GPL-2.0-or-later) AND MIT'],
    ['ISC and MIT, or Zlib', 'ISC AND MIT OR Zlib'],
  ])('%s is %s', (name, expression) => {
    expect(allOf(termsOfDebianName(name))).toBe(expression);
  });
});

describe('a copyright file', () => {
  it('gives the licences of its files, each once', () => {
    const text = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
License: ISC

Files: *
License: GPL-2+
 text of the licence
 .
 License: not a field

Files: lib/*
License: Expat or GPL-2+

Files: debian/*
License: GPL-2+

License: Beerware
 the text of a licence that no file has
`;
    expect(licencesOfCopyrightFile(text)).toBe('(GPL-2.0-or-later OR MIT) AND GPL-2.0-or-later AND ISC');
  });

  it('in free text gives none', () => {
    expect(licencesOfCopyrightFile('This is Debian.\n\nLicense: GPL-2+\n')).toBeUndefined();
  });
});

describe('the copyright files of a tree', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'onepilot-copyrights-'));
    const documents = join(root, 'usr/share/doc');
    for (const name of ['gcc-14-base', 'zlib1g']) {
      await mkdir(join(documents, name), { recursive: true });
      await writeFile(join(documents, name, 'copyright'), `that of ${name}`);
    }
    await symlink('gcc-14-base', join(documents, 'libgcc-s1'));
    await symlink('/usr/share/doc/gcc-14-base', join(documents, 'libatomic1'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('are found through links inside the tree, with the source of each package', async () => {
    const records = `Package: zlib1g
Source: zlib
Version: 1:1.3
Description: no Source: field

Package: libgcc-s1
Source: gcc-14 (14.2.0-19)
Version: 14.2.0-19+b1

Package: libatomic1
Source: gcc-14
Version: 14.2.0-19

Package: one-context
Version: 7.2.1-1
`;
    expect(await debianCopyrights(root, records)).toEqual([
      { package: 'libatomic1', source: 'gcc-14', sourceVersion: '14.2.0-19', text: 'that of gcc-14-base' },
      { package: 'libgcc-s1', source: 'gcc-14', sourceVersion: '14.2.0-19', text: 'that of gcc-14-base' },
      { package: 'one-context', source: 'one-context', sourceVersion: '7.2.1-1' },
      { package: 'zlib1g', source: 'zlib', sourceVersion: '1:1.3', text: 'that of zlib1g' },
    ]);
  });
});
