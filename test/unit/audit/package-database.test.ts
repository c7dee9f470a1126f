import { describe, expect, it } from 'vitest';
import { resolvePath } from '../../../src/audit/inventory.ts';
import { readPackageDatabase } from '../../../src/audit/package-database.ts';
import { fits } from '../../../src/audit/pattern.ts';
import { inventoryOf } from './small-image.ts';

const record = (name: string) =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n`;
const hash = 'd41d8cd98f00b204e9800998ecf8427e';

const inventory = inventoryOf({
  '/bin': { target: 'usr/bin' },
  '/etc/dpkg/dpkg.cfg.d/sizes': 'path-exclude=/usr/share/doc/*\npath-include=/usr/share/doc/*/copyright\n',
  '/usr/bin/less': '',
  '/var/lib/dpkg/status': `${record('less')}${record('libc6')}${record('dash')}`,
  '/var/lib/dpkg/diversions': '/bin/sh\n/bin/sh.distrib\ndash\n',
  '/var/lib/dpkg/alternatives/pager':
    'auto\n/usr/bin/pager\npager.1.gz\n/usr/share/man/man1/pager.1.gz\n\n/usr/bin/less\n77\n',
  '/var/lib/dpkg/info/less.list': '/.\n/bin/less\n/bin/sh\n',
  '/var/lib/dpkg/info/less.md5sums': `${hash}  bin/less\n`,
  '/var/lib/dpkg/info/dash.list': '/bin/sh\n',
  '/var/lib/dpkg/info/libc6:amd64.list': '/lib/libc.so.6\n',
  '/var/lib/dpkg/info/stranger.list': '/usr/bin/stranger\n',
});

describe("dpkg's records", () => {
  it('give owners at the places where files really lie, diversions minded', async () => {
    const { owners, hashes } = await readPackageDatabase(inventory);
    expect(owners.get('/usr/bin/less')).toBe('less');
    expect(owners.get('/usr/bin/sh.distrib')).toBe('less');
    expect(owners.get('/usr/bin/sh')).toBe('dash');
    expect(owners.get('/lib/libc.so.6')).toBe('libc6');
    expect(owners.has('/usr/bin/stranger')).toBe(false);
    expect(hashes.get('/usr/bin/less')).toEqual({ package: 'less', md5: hash });
  });

  it('count themselves and the links of alternatives, but no records of packages that are not there', async () => {
    const { records } = await readPackageDatabase(inventory);
    for (const path of ['/etc/alternatives/pager', '/usr/bin/pager', '/etc/alternatives/pager.1.gz']) {
      expect(records.has(path), path).toBe(true);
    }
    expect(records.has('/var/lib/dpkg/info/libc6:amd64.list')).toBe(true);
    expect(records.has('/var/lib/dpkg/info/stranger.list')).toBe(false);
  });

  it('say what dpkg was told to leave out, the last word counting', async () => {
    const { isExcluded } = await readPackageDatabase(inventory);
    expect(isExcluded('/usr/share/doc/less/changelog.gz')).toBe(true);
    expect(isExcluded('/usr/share/doc/less/copyright')).toBe(false);
    expect(isExcluded('/usr/bin/less')).toBe(false);
  });
});

describe('paths', () => {
  it('lead through links to where a file lies', () => {
    const links = inventoryOf({
      '/a': { target: '/b/../c' },
      '/c': { target: 'd' },
      '/d/e': { target: '../f' },
      '/f': '',
      '/loop': { target: 'loop' },
    });
    expect(resolvePath(links, '/a/e')).toBe('/d/e');
    expect(resolvePath(links, '/a/e', true)).toBe('/f');
    expect(resolvePath(links, '/loop/x')).toBe('/loop/x');
    expect(resolvePath(links, '/./')).toBe('/');
  });

  it('fit patterns within a name and across names', () => {
    expect(fits('/etc/ssl/certs/a.pem', '/etc/ssl/certs/*')).toBe(true);
    expect(fits('/etc/ssl/certs/a/b.pem', '/etc/ssl/certs/*')).toBe(false);
    expect(fits('/usr/lib/x/__pycache__/y.pyc', '/usr/**/__pycache__/*.pyc')).toBe(true);
    expect(fits('/etcXpasswd', '/etc.passwd')).toBe(false);
  });
});
