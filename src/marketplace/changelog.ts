import { dayOf, entryVersion } from './version.ts';

/** A section of a changelog that follows Keep a Changelog 1.1. */
interface Section {
  readonly title: string;
  readonly text: string;
}

/**
 * `CHANGELOG.md` of the appliance: what the repository's says of this version, under the version that the marketplace
 * shows, and of the ones before it. Where this version has no section yet, what is unreleased is what is in the image.
 * @param changelog the repository's CHANGELOG.md
 */
export function renderChangelog(
  changelog: string,
  built: { readonly version: string; readonly createdAt: number },
  release: number,
): string {
  const sections = sectionsOf(changelog);
  const own = sections.findIndex(({ title }) => versionIn(title) === built.version);
  const unreleased = sections.findIndex(({ title }) => /^\[?unreleased\]?$/i.test(title));
  const at = own === -1 ? unreleased : own;
  const date = dayOf(built.createdAt);
  const current = { title: `[${entryVersion(built, release)}] - ${date}`, text: sections[at]?.text ?? '' };
  const earlier = sections.slice(at + 1).filter(({ title }) => versionIn(title) !== undefined);
  return [
    '# Changelog\n\nThe format follows [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).',
    ...[current, ...earlier].map(({ title, text }) => `## ${title}\n\n${text}`.trim()),
  ]
    .join('\n\n')
    .concat('\n');
}

function sectionsOf(changelog: string): Section[] {
  return changelog
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const [title = '', ...lines] = part.split('\n');
      return { title: title.trim(), text: lines.join('\n').trim() };
    });
}

function versionIn(title: string): string | undefined {
  return /^\[?(\d+\.\d+\.\d+)\]?/.exec(title)?.[1];
}
