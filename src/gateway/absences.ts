import type { ModelRole } from '../models/image-facts.ts';
import type { ContextProblem } from './configuration.ts';
import type { Residence } from './keeping/residence.ts';
import type { GatewayModel } from './models.ts';

/** A model that the engine does not have, and will not get by waiting a moment. */
export interface Absence extends ContextProblem {
  readonly model: string;
  readonly roles: readonly ModelRole[];
  /** `shed`: given up for memory, back with its next request once there is room. */
  readonly state: 'shed' | 'failed';
}

/** Which of `models` are away for longer, and why; in the order of the configuration. Pure. */
export function absencesOf(
  models: readonly GatewayModel[],
  residenceOf: (id: string) => Residence,
): readonly Absence[] {
  return models.flatMap(({ id, roles }): Absence[] => {
    const residence = residenceOf(id);
    if (residence.kind === 'failed') {
      const { code, message, fix } = residence.diagnosis;
      return [{ model: id, roles, state: 'failed', code, what: message, fix }];
    }
    return residence.kind === 'shed' || residence.kind === 'leaving'
      ? [{ model: id, roles, state: 'shed', ...shedProblem }]
      : [];
  });
}

const shedProblem: ContextProblem = {
  code: 'memory_short',
  what: 'It was given up because the machine is short of memory.',
  fix: 'It comes back with its next request once there is room; if this happens often, give the machine more memory.',
};

/** The absence in one sentence, for whoever sees no more than that. */
export function absenceText({ roles, what }: Absence): string {
  return `There is no model for ${roles.join(' and ')}: ${what}`;
}
