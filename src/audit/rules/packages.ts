import type { Rule } from '../subject.ts';

export const packages: Rule = {
  name: 'packages',
  about: "dpkg's list of packages is the manifest's",
  check: async ({ database, declared }) => {
    const installed = new Map(
      database.packages
        // Removed with their configuration kept: nothing of it is in use.
        .filter(({ status }) => !status.endsWith(' config-files') && !status.endsWith(' not-installed'))
        .map(({ name, version, architecture }) => [name, `${version} ${architecture}`]),
    );
    const stated = new Map(
      declared.packages.map(({ name, version, architecture }) => [name, `${version} ${architecture}`]),
    );
    return [
      ...database.packages
        .filter(({ status }) => status !== 'install ok installed')
        .map(({ name, status }) => `the package ${name} is not installed as it should be: ${status}`),
      ...[...installed]
        .filter(([name]) => !stated.has(name))
        .map(([name, what]) => `the package ${name} (${what}) is installed, but not in the manifest`),
      ...[...stated].flatMap(([name, what]) => {
        const is = installed.get(name);
        if (is === what) return [];
        return [`the package ${name} is ${is ?? 'not installed'}, but ${what} in the manifest`];
      }),
    ];
  },
};
