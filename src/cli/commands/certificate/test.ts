import type { Check } from '../../../certificates/acme/checks/check.ts';
import { asProblem } from '../../../context/parse.ts';
import { wrap } from '../../../report/wrap.ts';
import type { Call, Result } from '../command.ts';
import { done, failed } from '../exit-codes.ts';
import { asText } from '../text.ts';
import { acmeChecks } from './acme-checks.ts';
import { readKnown } from './known.ts';
import { servedChecks } from './served-checks.ts';

/** `onepilot certificate test`: asks no CA for anything, and changes nothing. */
export async function testCertificates({ world }: Pick<Call, 'world'>): Promise<Result> {
  const known = await readKnown(world);
  const checks = [...(await servedChecks(known, world)), ...(await acmeChecks(known, world))];
  const fine = checks.every(({ outcome }) => outcome !== 'failed');
  return {
    code: fine ? done : failed,
    text: asText(checks.flatMap(checkLines)),
    json: {
      fine,
      checks: checks.map(({ problem, ...check }) => ({
        ...check,
        ...(problem && { problem: asProblem(problem) }),
      })),
    },
  };
}

const width = 'failed'.length;

function checkLines({ about, outcome, problem, detail }: Check): string[] {
  const head = `${outcome.padEnd(width)}  ${about}${detail === undefined ? '' : `: ${detail}`}`;
  const indent = ' '.repeat(width + 4);
  return [
    head,
    ...(problem
      ? [...wrap(problem.message, indent), ...wrap(problem.fix, indent), `${indent}(${problem.code})`]
      : []),
  ];
}
