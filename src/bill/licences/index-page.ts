import type { LicencedPart, LicenceInventory } from './inventory.ts';

function textLinks({ texts, licenceUrl }: LicencedPart): string {
  const links = texts.map((path) => `[${path.split('/').pop()}](${encodeURI(path)})`);
  return [...links, ...(licenceUrl === undefined ? [] : [`<${licenceUrl}>`])].join(', ');
}

function table(parts: readonly LicencedPart[]): string {
  const rows = parts.map((part) => {
    const { name, version = '', licence = '', url } = part;
    return `| ${url === undefined ? name : `[${name}](${url})`} | ${version} | ${licence} | ${textLinks(part)} |`;
  });
  return ['| what | version | licence | text |', '| ---- | ------- | ------- | ---- |', ...rows].join('\n');
}

/** `README.md` of the folder of licences: what is in the image, under which licence, and where the text is. */
export function licencesPage(version: string, { engine, node, npm, models }: LicenceInventory): string {
  return `# Licences in this image

OnePilot ${version} is under the Apache License 2.0: [LICENSE](../LICENSE). This folder holds the licences of what others
made, as their packages bring them. The bill of materials, a CycloneDX file, is published beside the image.

## Debian

Each package has its licences in \`/usr/share/doc/PACKAGE/copyright\`; the texts that many share are in
\`/usr/share/common-licenses\`. Where a package's directory is a link, it leads to that of its source.

## Engine

With our patches, which lie in [../engine](../engine), and with the code of others that it carries:

${table([engine, ...engine.parts])}

## Node.js

One program with these libraries inside; [LICENSE](node/LICENSE) has the licences of all of them.

${table([node, ...node.parts])}

## npm packages

They are in the bundles in \`/usr/lib/onepilot\`.

${table(npm)}

## Models

${models.length === 0 ? 'This image has none: each VM brings its own.' : table(models)}
`;
}
