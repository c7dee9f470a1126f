import { isUtf8 } from 'node:buffer';
import type { Finding } from './finding.ts';
import type { Submission } from './submission.ts';

/** Ruby and Python as consumers, which read a text as UTF-8 and end at one that is not; logos alone are no texts. */
export function checkText({ files }: Submission): Finding[] {
  return [...files]
    .filter(([path, content]) => !path.endsWith('.png') && !isUtf8(content))
    .map(([file]) => ({ file, rule: 'text-encoding', problem: 'is not UTF-8' }));
}
