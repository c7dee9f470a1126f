import type { Contents } from '../builder/contents.ts';
import type { WantedUnits } from '../builder/debian-units.ts';
import type { Manifest } from '../builder/manifest.ts';
import type { Partition } from './disk.ts';
import type { FreeSpace } from './free-space.ts';
import type { Inventory } from './inventory.ts';
import type { PackageDatabase } from './package-database.ts';
import type { Policy } from './policy.ts';

/** What an image is said to hold. */
export type Declared = Contents & Pick<Manifest, 'contextualization'>;

/** All that the rules look at. */
export interface Subject {
  readonly inventory: Inventory;
  readonly database: PackageDatabase;
  readonly freeSpace: FreeSpace;
  readonly partitions: readonly Partition[];
  /** Files of the root file system that the mounted EFI partition covers. */
  readonly hidden: readonly string[];
  /** The first sectors of the disk and of its BIOS boot partition. */
  readonly bootCode: { readonly sector: Buffer; readonly partition: Buffer };
  readonly declared: Declared;
  readonly policy: Policy;
  readonly units: WantedUnits;
  /** Directories of the build host that no file of ours may name. */
  readonly buildPlaces: readonly string[];
}

/** Something every image must be, or may not hold. */
export interface Rule {
  readonly name: string;
  /** What holds when it finds nothing. */
  readonly about: string;
  /** A sentence for each thing that is wrong; none when all is well. */
  check(subject: Subject): Promise<string[]>;
}
