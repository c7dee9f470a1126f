import { notPublic } from '../certificates/mode.ts';
import { failure, type OnePilotError } from '../errors/catalogue.ts';
import { type SettingName, type Settings, variableFor } from './variables.ts';

/** A problem, and the setting in which it is put right. */
export interface Finding {
  readonly setting: SettingName;
  readonly problem: OnePilotError;
}

interface Findings {
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/**
 * What is wrong with the certificate's settings together, each being right in itself.
 * @param wrong those that are not: what is missing because of them is not told twice.
 */
export function certificateRelations(settings: Settings, wrong: ReadonlySet<SettingName>): Findings {
  const has = (name: SettingName) => settings[name] !== undefined || wrong.has(name);
  return {
    errors: [
      ...halves('CERTIFICATE_HALF_GIVEN', ['tlsCertificate', 'tlsKey'], has),
      ...halves('ACME_BINDING_INCOMPLETE', ['acmeKeyId', 'acmeKey'], has),
      ...emptyMode(settings, has),
    ],
    warnings: wrong.has('acmeDirectory') ? [] : notAsked(settings),
  };
}

type Has = (name: SettingName) => boolean;

/** Two settings of which one is nothing without the other. */
function halves(
  code: 'CERTIFICATE_HALF_GIVEN' | 'ACME_BINDING_INCOMPLETE',
  pair: readonly SettingName[],
  has: Has,
): Finding[] {
  const [given] = pair.filter(has);
  const [missing] = pair.filter((name) => !has(name));
  if (given === undefined || missing === undefined) return [];
  const names = { given: variableFor[given].name, missing: variableFor[missing].name };
  return [{ setting: missing, problem: failure(code, names) }];
}

function emptyMode({ tlsMode }: Settings, has: Has): Finding[] {
  if (tlsMode === 'provided' && !has('tlsCertificate') && !has('tlsKey')) {
    return [{ setting: 'tlsMode', problem: failure('CERTIFICATE_MODE_EMPTY', {}) }];
  }
  if (tlsMode === 'acme' && !has('tlsDomain') && !has('tlsAddress')) {
    return [{ setting: 'tlsMode', problem: failure('ACME_NOTHING_NAMED', {}) }];
  }
  return [];
}

/** Names and addresses for which no CA is asked, where one would be otherwise. */
function notAsked(settings: Settings): Finding[] {
  const { tlsMode, tlsCertificate, tlsDomain } = settings;
  const isAcme = tlsMode === 'acme' || (tlsMode === 'auto' && tlsCertificate === undefined);
  if (!isAcme) return [];
  return notPublic(settings).map((subject) => ({
    setting: subject === tlsDomain ? 'tlsDomain' : 'tlsAddress',
    problem: failure('ACME_NOT_PUBLIC', { subject }),
  }));
}
