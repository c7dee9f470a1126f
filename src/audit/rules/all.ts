import type { Rule } from '../subject.ts';
import { boot } from './boot.ts';
import { credentials } from './credentials.ts';
import { disk } from './disk.ts';
import { freeSpace } from './free-space.ts';
import { owners } from './owners.ts';
import { ownership } from './ownership.ts';
import { packages } from './packages.ts';
import { privileged } from './privileged.ts';
import { services } from './services.ts';
import { traces } from './traces.ts';
import { users } from './users.ts';
import { worldWritable } from './world-writable.ts';

/** Every rule for an image that need not run, those that take longest last. */
export const rules: readonly Rule[] = [
  worldWritable,
  owners,
  privileged,
  users,
  services,
  packages,
  boot,
  disk,
  freeSpace,
  traces,
  credentials,
  ownership,
];
