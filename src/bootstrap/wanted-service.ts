import type { EnginePlan } from '../engine/preset.ts';
import type { ContextProblem, GatewayConfiguration } from '../gateway/configuration.ts';
import { engineSocket, type Paths, units } from '../machine/paths.ts';
import type { ImageFacts } from '../models/image-facts.ts';
import type { Certificates, Current, InitialKey } from './current.ts';
import type { Desired, WantedFile } from './plan.ts';

/** What the second phase decided to run. */
export type Service =
  /** What the context says. */
  | { readonly run: 'configured'; readonly engine: EnginePlan; readonly key: InitialKey }
  /** What an earlier, good context said: this one is wrong or cannot be read. */
  | { readonly run: 'kept' }
  /** Nothing but the list of what is wrong. */
  | { readonly run: 'refused'; readonly problems: readonly ContextProblem[] };

/**
 * Which of the three it is. A wrong context, or one that could not be read, never replaces a good
 * configuration; without one, a missing context means defaults and a wrong one means refusal.
 */
export function chooseRun(
  context: { readonly complete: boolean; readonly errors: readonly ContextProblem[] },
  current: Pick<Current, 'gateway' | 'hasPreset'>,
  facts: Pick<ImageFacts, 'models'>,
): Service['run'] {
  if (context.complete && context.errors.length === 0) return 'configured';
  if (wasGood(current, facts)) return 'kept';
  return context.errors.length > 0 ? 'refused' : 'configured';
}

function wasGood(
  { gateway, hasPreset }: Pick<Current, 'gateway' | 'hasPreset'>,
  facts: Pick<ImageFacts, 'models'>,
) {
  if (!gateway || !hasPreset || gateway.problems.length > 0 || gateway.models.length === 0) return false;
  return gateway.models.every(({ id }) => facts.models.some((model) => model.id === id));
}

/** Files and units of the service. Pure. @param gid The gateway's group. */
export function wantedService(
  service: Service,
  certificates: Certificates,
  gid: number,
  paths: Paths,
): Desired {
  const root = { uid: 0, gid: 0 } as const;
  const forGateway = { uid: 0, gid, mode: 0o640, readBy: [units.gateway] } as const;
  const { authority, leaf } = certificates;

  const files: WantedFile[] = [
    { path: paths.authorityKey, content: authority.key, mode: 0o600, ...root, readBy: [] },
    { path: paths.authorityCertificate, content: authority.certificate, mode: 0o644, ...root, readBy: [] },
    { ...forGateway, path: paths.servedAuthority, content: authority.certificate, mode: 0o644, ...root },
    { ...forGateway, path: paths.serverKey, content: leaf.key },
    { ...forGateway, path: paths.serverCertificate, content: leaf.certificate, mode: 0o644, ...root },
  ];
  const absent: Desired['absent'][number][] = [];

  const base = {
    tls: {
      certificate: paths.serverCertificate,
      key: paths.serverKey,
      authority: paths.servedAuthority,
    },
    engine: { socket: engineSocket },
    status: paths.appliance,
    keyStore: paths.keyStore,
  };
  const addGateway = (configuration: GatewayConfiguration) => {
    const content = `${JSON.stringify(configuration, null, 2)}\n`;
    files.push({ ...forGateway, path: paths.gatewayConfiguration, content });
  };

  if (service.run === 'configured') {
    const { engine, key } = service;
    const readBy = [units.engine];
    files.push({ path: paths.enginePreset, content: engine.preset, mode: 0o644, ...root, readBy });
    if (key.generated === undefined) absent.push({ path: paths.apiKey, readBy: [] });
    else files.push({ path: paths.apiKey, content: `${key.generated}\n`, mode: 0o600, ...root, readBy: [] });
    addGateway({ ...base, models: engine.models, keys: [key.record], problems: [] });
  } else if (service.run === 'refused') {
    addGateway({ ...base, models: [], keys: [], problems: [...service.problems] });
  }

  return {
    directories: [
      { path: paths.state, mode: 0o755, ...root },
      { path: paths.authority, mode: 0o755, ...root },
      { path: paths.configuration, mode: 0o755, ...root },
      { path: paths.tls, mode: 0o750, uid: 0, gid },
    ],
    files,
    absent,
    running: [...(service.run === 'refused' ? [] : [units.engine]), units.gatewaySocket, units.gateway],
    reloading: [],
    hostname: undefined,
  };
}
