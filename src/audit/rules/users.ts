import { readLines } from '../inventory.ts';
import { itemsOf } from '../policy.ts';
import type { Rule } from '../subject.ts';

/** Accounts below this are the system's; 65534 is nobody (Debian Policy, 9.2.2). */
const firstOfPeople = 1000;
const nobody = 65_534;

const noShells = new Set(['/usr/sbin/nologin', '/sbin/nologin', '/bin/false', '/usr/bin/false']);

/** No password fits what begins like this (shadow(5)). */
const isLocked = (password: string | undefined) => password !== undefined && /^[!*]/.test(password);

export const users: Rule = {
  name: 'users',
  about: 'only system accounts, none with a password, none but root with a shell',
  check: async ({ inventory, policy }) => {
    const shells = itemsOf(policy.shells);
    const shadow = new Map(
      (await readLines(inventory, '/etc/shadow')).map((line) => {
        const [name = '', password] = line.split(':');
        return [name, password];
      }),
    );
    const accounts = (await readLines(inventory, '/etc/passwd')).map((line) => {
      const [name = '', password, uid, , , , shell = ''] = line.split(':');
      return { name, password, uid: Number(uid), shell };
    });
    const groups = (await readLines(inventory, '/etc/gshadow')).map((line) => line.split(':'));
    return [
      ...(accounts.some(({ name }) => name === 'root') ? [] : ['/etc/passwd has no root']),
      ...accounts.flatMap(({ name, password, uid, shell }) => [
        ...(uid === 0 && name !== 'root' ? [`${name} is root by another name`] : []),
        ...(uid >= firstOfPeople && uid !== nobody ? [`${name} is an account for a person (${uid})`] : []),
        ...(noShells.has(shell) || shells.includes(name)
          ? []
          : [`${name} has a shell: ${shell || '/bin/sh'}`]),
        ...(password === 'x' ? [] : [`the password of ${name} is in /etc/passwd`]),
        ...(isLocked(shadow.get(name)) ? [] : [`${name} has a password, or needs none`]),
      ]),
      ...groups
        .filter(([, password]) => !isLocked(password) && password !== '')
        .map(([name]) => `the group ${name} has a password`),
    ];
  },
};
