/** Words in the text of every licence that the engine's headers carry: MIT, MIT-0, the Unlicense. */
const grants = /WARRANTIES OF/i;

/** The licence in the comments of a C or C++ file: a block comment, else the lines at its beginning. */
export function licenceComment(source: string): string | undefined {
  const blocks = source.match(/\/\*[\s\S]*?\*\//g) ?? [];
  const block = blocks.filter((comment) => grants.test(comment)).at(-1);
  if (block !== undefined) return `${block.replace(/^\/\*+\s*|\s*\*+\/$/g, '')}\n`;
  const lines = /^(?:\/\/.*\n)+/.exec(source)?.[0] ?? '';
  return grants.test(lines) ? lines.replace(/^\/\/ ?/gm, '') : undefined;
}
