import type { GgufHeader } from './header.ts';

/** A model's metadata by name, as far as they have the right type. */
export interface ModelMetadata {
  /** Undefined also where it is no plain word, since it goes into messages. */
  readonly architecture: string | undefined;
  has(key: string): boolean;
  number(key: string): number | undefined;
  /** How many texts the array `key` has. */
  texts(key: string): number | undefined;
  /** Whether the array `key` has one of these tokens for filling in the middle. */
  hasGapMark(key: string, marks: readonly string[]): boolean;
  /** A number below the architecture's own prefix. */
  own(key: string): number | undefined;
  /** As `own`; of an array with a number for each block, the largest. */
  widest(key: string): number | undefined;
  /** As `own`, for the block `index`; the same for all where it is no array. */
  ofBlock(key: string, index: number): number | undefined;
  /** Whether `key` is an array, with an entry for each block. */
  isPerBlock(key: string): boolean;
}

export function metadataOf({ metadata }: GgufHeader): ModelMetadata {
  const found = metadata.get('general.architecture');
  const architecture = typeof found === 'string' && /^[\w.-]{1,64}$/.test(found) ? found : undefined;
  const number = (key: string) => {
    const value = metadata.get(key);
    return typeof value === 'number' ? value : undefined;
  };
  const array = (key: string): readonly number[] | undefined => {
    const value = metadata.get(`${architecture}.${key}`);
    return isNumbers(value) && value.length > 0 ? value.map(Number) : undefined;
  };
  const own = (key: string) => number(`${architecture}.${key}`);
  return {
    architecture,
    has: (key) => metadata.has(key),
    number,
    own,
    texts(key) {
      const value = metadata.get(key);
      return typeof value === 'object' && 'texts' in value ? value.texts : undefined;
    },
    hasGapMark(key, marks) {
      const value = metadata.get(key);
      return (
        typeof value === 'object' && 'gapMarks' in value && marks.some((mark) => value.gapMarks.has(mark))
      );
    },
    widest(key) {
      const values = array(key);
      return values ? Math.max(...values) : own(key);
    },
    ofBlock: (key, index) => array(key)?.[index] ?? own(key),
    isPerBlock: (key) => array(key) !== undefined,
  };
}

function isNumbers(value: unknown): value is readonly (number | boolean)[] {
  return Array.isArray(value);
}
