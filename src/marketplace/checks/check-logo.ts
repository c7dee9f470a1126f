import type { Finding } from './finding.ts';
import type { Submission } from './submission.ts';

const signature = Buffer.from('89504e470d0a1a0a', 'hex');
/** Width and height of a card's logo, in pixels. */
const side = 300;

/** The web interface as a consumer: the logo that an entry names, as PNG (W3C PNG, 5.2 and 11.2.1: IHDR first). */
export function checkLogo({ entries, files }: Submission): Finding[] {
  const names = [...new Set(entries.map(({ data }) => String(data.logo)))];
  return names.flatMap((name): Finding[] => {
    const file = `logos/${name}`;
    const problem = logoProblem(files.get(file));
    return problem === undefined ? [] : [{ file, rule: 'logo', problem }];
  });
}

function logoProblem(png: Buffer | undefined): string | undefined {
  if (!png) return 'is missing';
  const isPng = png.subarray(0, 8).equals(signature) && png.toString('latin1', 12, 16) === 'IHDR';
  if (!isPng || png.length < 24) return 'is no PNG';
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  return width === side && height === side ? undefined : `is ${width} by ${height} pixels`;
}
