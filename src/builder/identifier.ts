import { digestText } from './digest.ts';

/**
 * A UUID where tools would roll dice, the same for the same name and date (RFC 9562, version 8).
 * @param date seconds since 1970
 */
export function identifier(name: string, date: number): string {
  const hex = digestText(`onepilot ${name} ${date}`);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join('-');
}
