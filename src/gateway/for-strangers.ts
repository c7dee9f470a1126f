import type { Status } from '../report/status.ts';
import type { ContextProblem } from './configuration.ts';

/** Codes of what quotes where a model comes from: repositories, mirrors, disks. */
const quotesPlaces = /^(?:CONTEXT_)?(?:MODEL|ADAPTER)_|^CONTEXT_BAD_SOURCE$/;

/** Variables that hold such places. */
const holdsPlaces = /MODEL|LORA/;

/** Codes of what quotes where a certificate comes from: a company's CA, disks, names and addresses inside. */
const quotesAuthorities = /^(?:ACME|CERTIFICATE)_/;

const withoutPlaces = 'A model or an adapter is not as the context asks for it.';
const withoutAuthorities = 'The certificate is not as the context asks for it.';
const fix = 'Ask for /status with an API key to read more, or run on the VM: onepilot status.';

/** What people without a key may read of `problem`: what the team's repositories and servers are called is private. */
export function problemForStrangers(problem: ContextProblem): ContextProblem {
  const what = whatForStrangers(problem);
  return what === undefined ? problem : { ...problem, what, fix };
}

/** What people without a key may read of the agent's word. */
export function statusForStrangers(status: Status): Status {
  const { errors, warnings, reason } = status;
  return {
    ...status,
    errors: errors.map(problemForStrangers),
    warnings: warnings.map(problemForStrangers),
    ...(reason !== undefined && { reason: reasonForStrangers(reason, [...errors, ...warnings]) }),
  };
}

/** What they read in place of its text; undefined where that is for everybody. */
function whatForStrangers({ code, variable = '' }: ContextProblem): string | undefined {
  if (quotesPlaces.test(code) || holdsPlaces.test(variable)) return withoutPlaces;
  return quotesAuthorities.test(code) ? withoutAuthorities : undefined;
}

/** The agent's reasons are made of the texts of its problems. */
function reasonForStrangers(reason: string, problems: readonly ContextProblem[]): string {
  return problems.reduce((text, problem) => {
    return text.replaceAll(problem.what, whatForStrangers(problem) ?? problem.what);
  }, reason);
}
