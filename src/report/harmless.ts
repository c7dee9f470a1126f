/** Control characters, as contexts and CAs may send them, must not reach a terminal. Lines and tabs stay. */
export function harmless(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, ' ');
}

/** The same as one line, so that nothing in it looks like another. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
