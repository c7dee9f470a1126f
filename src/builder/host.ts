import { readFile } from 'node:fs/promises';

/** The release of this machine as `debian-12`: what is compiled here depends on its C library. */
export async function hostRelease(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8');
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? 'unknown';
  return `${field('ID')}-${field('VERSION_ID')}`;
}
