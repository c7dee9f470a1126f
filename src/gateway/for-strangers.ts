import type { Status } from '../report/status.ts';
import type { ContextProblem } from './configuration.ts';

/** Codes of what quotes where a model comes from: repositories, mirrors, disks. */
const quotesPlaces = /^(?:CONTEXT_)?(?:MODEL|ADAPTER)_|^CONTEXT_BAD_SOURCE$/;

/** Variables that hold such places. */
const holdsPlaces = /MODEL|LORA/;

const withoutPlaces = {
  what: 'A model or an adapter is not as the context asks for it.',
  fix: 'Ask for /status with an API key to read more, or run on the VM: onepilot status.',
} as const;

/** What people without a key may read of `problem`: what the team's repositories and servers are called is private. */
export function problemForStrangers(problem: ContextProblem): ContextProblem {
  return isPrivate(problem) ? { ...problem, ...withoutPlaces } : problem;
}

/** What people without a key may read of the agent's word. */
export function statusForStrangers(status: Status): Status {
  const { errors, warnings, reason } = status;
  const hidden = [...errors, ...warnings].filter(isPrivate);
  return {
    ...status,
    errors: errors.map(problemForStrangers),
    warnings: warnings.map(problemForStrangers),
    ...(reason !== undefined && { reason: reasonForStrangers(reason, hidden) }),
  };
}

function isPrivate({ code, variable = '' }: ContextProblem): boolean {
  return quotesPlaces.test(code) || holdsPlaces.test(variable);
}

/** The agent's reasons are made of the texts of its problems. */
function reasonForStrangers(reason: string, hidden: readonly ContextProblem[]): string {
  return hidden.reduce((text, { what }) => text.replaceAll(what, withoutPlaces.what), reason);
}
