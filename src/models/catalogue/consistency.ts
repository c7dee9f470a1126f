import type { ModelRole } from '../image-facts.ts';
import { type Catalogue, freeLicences } from './schema.ts';

/** Where in the file, as the parts of a path, and what must be so. */
export interface CatalogueFault {
  readonly path: readonly PropertyKey[];
  readonly rule: string;
}

/** What is wrong between the parts of a catalogue that are each right by themselves. */
export function inconsistencies(catalogue: Catalogue): CatalogueFault[] {
  return [...doubledNames(catalogue), ...deadReplacements(catalogue), ...profileFaults(catalogue)];
}

function doubledNames({ models, retired }: Catalogue): CatalogueFault[] {
  const seen = new Set<string>();
  const names = [
    ...models.flatMap(({ id, aliases }, index) => [
      { name: id, path: ['models', index, 'id'] },
      ...aliases.map((name, place) => ({ name, path: ['models', index, 'aliases', place] })),
    ]),
    ...retired.map(({ name }, index) => ({ name, path: ['retired', index, 'name'] })),
  ];
  return names.flatMap(({ name, path }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [{ path, rule: `must be another name: «${name}» stands for a model already` }];
  });
}

function deadReplacements({ models, retired }: Catalogue): CatalogueFault[] {
  return retired.flatMap(({ replacement }, index) =>
    models.some(({ id }) => id === replacement)
      ? []
      : [
          {
            path: ['retired', index, 'replacement'],
            rule: `must be a model's id: there is no «${replacement}»`,
          },
        ],
  );
}

function profileFaults({ models, profiles }: Catalogue): CatalogueFault[] {
  const check = (path: PropertyKey[], role: ModelRole, id: string, isDefault: boolean): CatalogueFault[] => {
    const model = models.find((known) => known.id === id);
    if (!model) return [{ path, rule: `must be a model's id: there is no «${id}»` }];
    if (!model.roles.includes(role)) return [{ path, rule: `must be a model for ${role}: «${id}» is none` }];
    if (isDefault && !freeLicences.has(model.licence.spdx)) {
      return [{ path, rule: `must be free for commercial use without conditions: «${id}» is not` }];
    }
    return [];
  };
  return Object.entries(profiles).flatMap(([name, { models: chosen, alternatives }]) => [
    ...roles.flatMap((role) => {
      const id = chosen[role];
      return id === undefined ? [] : check(['profiles', name, 'models', role], role, id, true);
    }),
    ...alternatives.flatMap(({ role, id }, index) =>
      check(['profiles', name, 'alternatives', index, 'id'], role, id, false),
    ),
  ]);
}

const roles = ['chat', 'complete', 'embed'] as const;
