const longest = 40;

/** `raw` as it may stand in a message: at most 40 characters, and each of them visible. */
export function shown(raw: string): string {
  const characters = [...raw];
  const cut = characters.length > longest ? `${characters.slice(0, longest).join('')}…` : raw;
  return cut.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
