import * as z from 'zod';

const LockedPackage = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});

/** The checkout's own, and that of the clients that `npm run test:clients` installs. */
export const lockfiles = ['package-lock.json', 'test/clients/programs/package-lock.json'] as const;

/** package-lock.json, as far as it matters here (npm documentation, «package-lock.json»). */
export const Lockfile = z.looseObject({ packages: z.record(z.string(), LockedPackage) });
export type Lockfile = z.infer<typeof Lockfile>;

/** Optional dependencies without an entry of their own: `npm ci` refuses such a lockfile. */
export function missingOptionals(lockfile: Lockfile): { name: string; version: string; dev: boolean }[] {
  return Object.values(lockfile.packages).flatMap(({ optionalDependencies = {}, dev = false }) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !lockfile.packages[`node_modules/${name}`])
      .map(([name, version]) => ({ name, version, dev })),
  );
}

/**
 * Adds an entry for each missing optional dependency. A registry mirror may hold this platform's packages
 * only; npm then leaves the others out of the lockfile it writes, and refuses it afterwards. The entries say
 * that these packages are not for Linux, so npm never asks for them here.
 */
export function completeLockfile(lockfile: Lockfile): Lockfile {
  const added = missingOptionals(lockfile).map(
    ({ name, version, dev }) =>
      [`node_modules/${name}`, { version, ...(dev ? { dev } : {}), optional: true, os: ['!linux'] }] as const,
  );
  const packages = Object.entries({ ...lockfile.packages, ...Object.fromEntries(added) });
  return { ...lockfile, packages: Object.fromEntries(packages.sort(([a], [b]) => (a < b ? -1 : 1))) };
}
