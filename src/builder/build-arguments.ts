import { Secret } from '../context/secret.ts';
import { failure, type OnePilotError } from '../errors/catalogue.ts';

/** What commands that build check of their command lines in the same way; each throws BUILD_BAD_OPTION. */
export function buildArguments(command: string) {
  function badOption(problem: string): OnePilotError {
    return failure('BUILD_BAD_OPTION', { problem, command });
  }
  return {
    badOption,

    /** Name of a Debian suite. */
    suite(name: string): string {
      if (/^[a-z][a-z0-9.-]*$/.test(name)) return name;
      throw badOption(`--suite: «${name}» is no name of a Debian suite.`);
    },

    /** Address of a Debian mirror. */
    mirror(address: string | undefined): string | undefined {
      if (address === undefined) return undefined;
      if (['http:', 'https:', 'file:'].includes(URL.parse(address)?.protocol ?? '')) return address;
      throw badOption('--mirror must be an http, https or file URL.');
    },

    /** Address that takes the place of the hub's. */
    hub(address: string | undefined): string | undefined {
      if (address === undefined) return undefined;
      const url = URL.parse(address);
      if (url && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '') {
        return address;
      }
      throw badOption('--hub must be an http or https URL without user name and password.');
    },
  };
}

/** Takes the hub's token out of the environment, which every command of the build would inherit. */
export function takeToken(environment: NodeJS.ProcessEnv = process.env): Secret | undefined {
  const { HF_TOKEN: token } = environment;
  delete environment.HF_TOKEN;
  return token === undefined || token === '' ? undefined : new Secret(token);
}
