import { howToVerify } from '../signature/how-to-verify.ts';

/** What the notes of a release are of, and where its files can be fetched. */
interface Release {
  readonly version: string;
  /** Base address of the files: https. */
  readonly url: string;
}

/**
 * `RELEASE_NOTES.md`: what changed, and how what was fetched is verified. Pure.
 * @param changes of this version, Markdown
 * @param files names of images and disks of models; the guide is about the first
 */
export function renderNotes({ version, url }: Release, changes: string, files: readonly string[]): string {
  const [file, ...others] = files;
  const guide =
    file === undefined ? [] : ['## Verification', howToVerify({ url: new URL(file, url).href, file })];
  const likewise =
    others.length === 0 ? [] : [`Likewise:\n\n${others.map((name) => `- \`${name}\``).join('\n')}`];
  return `${[`# OnePilot ${version}`, changes, ...guide, ...likewise].join('\n\n')}\n`;
}
