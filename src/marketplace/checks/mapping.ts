import * as z from 'zod';

/** A YAML mapping of which nothing else is known. */
export const Mapping = z.record(z.string(), z.unknown());
export type Mapping = z.infer<typeof Mapping>;

/** `value` if it is a mapping, else an empty one: what is missing in it is another check's finding. */
export function mapping(value: unknown): Mapping {
  const read = Mapping.safeParse(value);
  return read.success ? read.data : {};
}
