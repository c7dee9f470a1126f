import { filesOf } from '../inventory.ts';
import { fitsAny } from '../pattern.ts';
import type { Rule } from '../subject.ts';

/** Files that hold a credential by their name alone. */
const names = [
  '**/.ssh/authorized_keys*',
  '**/.ssh/id_*',
  '**/.netrc',
  '**/.npmrc',
  '**/.pypirc',
  '**/.pgpass',
  '**/.my.cnf',
  '**/.git-credentials',
  '**/.docker/config.json',
  '**/.kube/config',
  '**/.aws/credentials',
  '**/.config/gh/hosts.yml',
  '**/huggingface/token',
  '**/.gnupg/private-keys-v1.d/**',
  '/etc/apt/auth.conf',
  '/etc/apt/auth.conf.d/**',
  '/etc/**.key',
  '/root/**.key',
  '/home/**.key',
  '/var/**.key',
  '**.p12',
  '**.pfx',
];

/** Where no package of Debian puts files of its own that could look like one. */
const places = /^\/(?:etc|root|home|var|srv|opt|boot|usr\/local|usr\/lib\/onepilot|usr\/share\/onepilot)\//;

/** What credentials look like. Programs name the first line of a key too, hence the body. */
const forms: Readonly<Record<string, RegExp>> = {
  'a private key':
    /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----\r?\n(?:[\w-]+: .*\r?\n)*(?:\r?\n)?[A-Za-z0-9+/]{40}/,
  'a private key of minisign': /untrusted comment: minisign encrypted secret key/,
  'a private key of age': /AGE-SECRET-KEY-1[0-9A-Z]{58}/,
  'a token of Hugging Face': /\bhf_[A-Za-z0-9]{30,}/,
  'a token of GitHub': /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60})/,
  'a token of GitLab': /\bglpat-[A-Za-z0-9_-]{20}/,
  'a token of npm': /\bnpm_[A-Za-z0-9]{36}/,
  'a key of AWS': /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  'a key for an API': /\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{32,}/,
  'a token of Slack': /\bxox[abprs]-[0-9]{6,}-/,
  'an address with a password': /\b(?:https?|ftp):\/\/[^\s/:@"'<>{}$()]+:[^\s/:@"'<>{}$()]+@[\w.-]/,
};

export const credentials: Rule = {
  name: 'credentials',
  about: 'no key, token or password',
  check: async ({ inventory, declared }) => {
    const models = new Set(declared.models.map(({ file }) => `/var/lib/onepilot/models/${file}`));
    const found: string[] = [];
    for (const { path } of filesOf(inventory)) {
      if (fitsAny(path, names)) found.push(`${path} is where credentials are kept`);
      if (!places.test(path) || models.has(path)) continue;
      const text = (await inventory.read(path)).toString('latin1');
      for (const [what, form] of Object.entries(forms)) {
        // Not the text itself: findings are printed and logged.
        if (form.test(text)) found.push(`${path} holds ${what}`);
      }
    }
    return found;
  },
};
