/** A byte-level vocabulary as GPT-2 and Qwen2 have it: text in files is spelled in printable stand-ins for bytes. */

/**
 * The character that stands for each byte in a vocabulary (`bytes_to_unicode` of GPT-2, which llama.cpp
 * reverses in `unicode_byte_to_utf8`): printable Latin-1 for itself, the rest from U+0100 upwards.
 */
const byteCharacters: readonly string[] = (() => {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let standIns = 0;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(printable(byte) ? byte : 0x100 + standIns++),
  );
})();

/** The 256 one-byte tokens, by byte. */
export const byteTokens: readonly string[] = byteCharacters;

/** Spells `text` the way vocabularies do, for example " a" as "Ġa". */
export function spell(text: string): string {
  return Array.from(Buffer.from(text), (byte) => byteCharacters[byte] ?? '').join('');
}

/** The bytes that a spelled token stands for; the reverse of `spell`. */
export function unspell(token: string): Uint8Array {
  return Uint8Array.from(Array.from(token), (character) => byteCharacters.indexOf(character));
}

/** Where Qwen2's tokenizer cuts text before merging (LLAMA_VOCAB_PRE_TYPE_QWEN2 in llama-vocab.cpp). */
const words =
  /(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;

/** Two neighbouring symbols that are to be joined. */
export type Merge = readonly [left: string, right: string];

interface CountedWord {
  symbols: string[];
  readonly count: number;
}

/** The most frequent pair of neighbours, of equally frequent ones the first in code point order. */
function mostFrequentPair(counted: readonly CountedWord[]): Merge | undefined {
  const counts = new Map<string, number>();
  for (const { symbols, count } of counted) {
    for (let i = 1; i < symbols.length; i++) {
      const pair = `${symbols[i - 1]} ${symbols[i]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  }
  let best: string | undefined;
  let bestCount = 1;
  for (const [pair, count] of counts) {
    if (count > bestCount || (count === bestCount && best !== undefined && pair < best)) {
      best = pair;
      bestCount = count;
    }
  }
  const [left, right] = best?.split(' ') ?? [];
  return left !== undefined && right !== undefined ? [left, right] : undefined;
}

function join(symbols: readonly string[], [left, right]: Merge): string[] {
  const joined: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i] ?? '';
    if (symbol === left && symbols[i + 1] === right) {
      joined.push(left + right);
      i++;
    } else joined.push(symbol);
  }
  return joined;
}

/** Byte-pair encoding learned from `text`: at most `limit` merges, each of a pair that occurs at least twice. */
export function learnMerges(text: string, limit: number): Merge[] {
  const wordCounts = new Map<string, number>();
  for (const [word] of text.matchAll(words)) {
    const spelled = spell(word);
    wordCounts.set(spelled, (wordCounts.get(spelled) ?? 0) + 1);
  }
  const counted = Array.from(wordCounts, ([word, count]) => ({ symbols: Array.from(word), count }));
  const merges: Merge[] = [];
  while (merges.length < limit) {
    const merge = mostFrequentPair(counted);
    if (!merge) break;
    merges.push(merge);
    for (const word of counted) {
      if (word.symbols.length > 1) word.symbols = join(word.symbols, merge);
    }
  }
  return merges;
}
