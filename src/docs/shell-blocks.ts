/**
 * The `sh` blocks of a Markdown text under one of its headings, up to the next heading as high: for tests that follow
 * a page as it is written.
 * @param heading without its `#`
 */
export function shellBlocks(markdown: string, heading: string): string[] {
  const section = markdown.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text);
}
