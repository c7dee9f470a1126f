import { isDeepStrictEqual } from 'node:util';
import { type Identity, joinIdentity } from '../certificates/identity.ts';
import type { Settings } from '../context/variables.ts';
import type { EnginePlan } from '../engine/preset.ts';
import type { ContextProblem, GatewayConfiguration } from '../gateway/configuration.ts';
import { challengeDirectory, engineSocket, type Paths, units } from '../machine/paths.ts';
import { canonicalAddress } from '../network/address.ts';
import type { Certificates, Current, EarlierGateway, Keys } from './current.ts';
import type { Desired, WantedFile } from './plan.ts';
import { type Acme, wantedAcme } from './wanted-acme.ts';
import { type Egress, gatewayUpstreams, wantedEgress } from './wanted-egress.ts';

/** What the context says of the gateway alone. */
export type GatewayWishes = Pick<
  Settings,
  'maxTokens' | 'openMetadata' | 'metricsNetworks' | 'usageDays' | 'usagePrice' | 'upstreams' | 'tlsHsts'
>;

/** What the second phase decided to run. */
export type Service =
  /** What the context says. */
  | {
      readonly run: 'configured';
      readonly engine: EnginePlan;
      readonly keys: Keys;
      readonly gateway: GatewayWishes;
      readonly securityUpdates: boolean;
    }
  /** What an earlier, good context said: this one is wrong or cannot be read. */
  | { readonly run: 'kept'; readonly gateway: EarlierGateway | undefined }
  /** Nothing but the list of what is wrong. */
  | { readonly run: 'refused'; readonly problems: readonly ContextProblem[] };

/**
 * Which of the three it is. A wrong context, or one that could not be read, never replaces a good
 * configuration; without one, a missing context means defaults and a wrong one means refusal.
 * @param memory Bytes of the machine's memory: what was made for more is not good any more.
 */
export function chooseRun(
  context: { readonly complete: boolean; readonly errors: readonly ContextProblem[] },
  current: Pick<Current, 'gateway' | 'preset'>,
  memory: number,
): Service['run'] {
  if (context.complete && context.errors.length === 0) return 'configured';
  if (wasGood(current, memory)) return 'kept';
  return context.errors.length > 0 ? 'refused' : 'configured';
}

function wasGood({ gateway, preset }: Pick<Current, 'gateway' | 'preset'>, memory: number) {
  if (!gateway || !preset || gateway.problems.length > 0 || gateway.models.length === 0) return false;
  return preset.isComplete && preset.madeFor <= memory * tolerance;
}

/** What the kernel reports differs by a few pages from boot to boot; sizing leaves 5 % free. */
const tolerance = 1.03;

const updateTimers = [units.updateLists, units.updateInstall];

/** Everything that the second phase decided. */
export interface ServiceDecisions {
  readonly service: Service;
  readonly egress: Egress;
  /** The own CA's. */
  readonly certificates: Certificates;
  /** Served beside it. */
  readonly trusted: Identity | undefined;
  readonly acme: Acme;
  /** The machine's. */
  readonly addresses: readonly string[];
}

/** Files and units of the service. Pure. @param gid The gateway's group. */
export function wantedService(
  { service, egress, certificates, trusted, acme, addresses }: ServiceDecisions,
  gid: number,
  paths: Paths,
): Desired {
  const root = { uid: 0, gid: 0 } as const;
  const forGateway = { uid: 0, gid, mode: 0o640, readBy: [units.gateway], secret: true } as const;
  const open = { mode: 0o644, ...root, secret: false } as const;
  const { authority, leaf } = certificates;

  const files: WantedFile[] = [
    { path: paths.authorityKey, content: authority.key, mode: 0o600, ...root, readBy: [], secret: true },
    { path: paths.authorityCertificate, content: authority.certificate, mode: 0o644, ...root, readBy: [] },
    { ...forGateway, ...open, path: paths.servedAuthority, content: authority.certificate },
    { ...forGateway, path: paths.ownIdentity, content: joinIdentity(leaf) },
  ];
  // Where earlier images had them.
  const absent: Desired['absent'][number][] = [
    { path: paths.serverCertificate, readBy: [] },
    { path: paths.serverKey, readBy: [] },
  ];

  if (trusted) files.push({ ...forGateway, path: paths.trustedIdentity, content: joinIdentity(trusted) });
  else absent.push({ path: paths.trustedIdentity, readBy: [units.gateway] });

  const secured = {
    tls: {
      own: paths.ownIdentity,
      // In one order: which comes first says nothing, and each change means a reload.
      ...(trusted && { trusted: paths.trustedIdentity, addresses: addresses.map(canonicalAddress).sort() }),
      authority: paths.servedAuthority,
    },
    ...(acme && { challenges: challengeDirectory }),
  };
  const base = {
    ...secured,
    engine: { socket: engineSocket },
    status: paths.appliance,
    fetching: paths.fetching,
    keyStore: paths.keyStore,
  };
  const addGateway = (configuration: GatewayConfiguration) => {
    const content = `${JSON.stringify(configuration, null, 2)}\n`;
    files.push({ ...forGateway, path: paths.gatewayConfiguration, content });
  };

  if (service.run === 'configured') {
    const { engine, keys, gateway } = service;
    const readBy = [units.engine];
    files.push({ path: paths.enginePreset, content: engine.preset, mode: 0o644, ...root, readBy });
    const secret = { mode: 0o600, ...root, readBy: [], secret: true } as const;
    files.push({ path: paths.saltKey, content: `${keys.saltKey}\n`, ...secret });
    if (keys.generated === undefined) absent.push({ path: paths.apiKey, readBy: [] });
    else files.push({ path: paths.apiKey, content: `${keys.generated}\n`, ...secret });
    addGateway({
      ...base,
      models: engine.models,
      keys: [...keys.records],
      ...gatewaySettings(gateway, paths),
      problems: [],
    });
  } else if (service.run === 'refused') {
    addGateway({ ...base, models: [], keys: [], problems: [...service.problems] });
  } else if (service.gateway) {
    const { tls, challenges, ...others } = service.gateway;
    // Certificates are renewed whatever has become of the context; what else was said stays, to the letter.
    const isSame = isDeepStrictEqual({ tls, ...(challenges !== undefined && { challenges }) }, secured);
    if (!isSame) addGateway({ ...secured, ...others });
  }

  const toUpstreams = wantedEgress(egress, paths);
  const ofAcme = wantedAcme(acme, paths);
  const updates = service.run === 'configured' ? service.securityUpdates : undefined;
  return {
    directories: [
      { path: paths.state, mode: 0o755, ...root },
      { path: paths.authority, mode: 0o755, ...root },
      { path: paths.configuration, mode: 0o755, ...root },
      { path: paths.tls, mode: 0o750, uid: 0, gid },
    ],
    files: [...files, ...toUpstreams.files, ...ofAcme.files],
    absent: [...absent, ...toUpstreams.absent, ...ofAcme.absent],
    running: [
      // Before the gateway sends anything there.
      ...toUpstreams.running,
      ...(service.run === 'refused' ? [] : [units.engine]),
      units.gatewaySocket,
      units.gateway,
      // After the gateway, which shows the CA what it wants to see.
      ...ofAcme.running,
      ...(updates === true ? updateTimers : []),
    ],
    reloading: [units.egress, units.gateway],
    stopped: [...(updates === false ? updateTimers : []), ...toUpstreams.stopped, ...ofAcme.stopped],
    growRootDisk: false,
    hostname: undefined,
  };
}

function gatewaySettings(
  {
    maxTokens,
    openMetadata,
    metricsNetworks,
    usageDays,
    usagePrice,
    upstreams: wanted,
    tlsHsts: hsts,
  }: GatewayWishes,
  { gatewayState }: Paths,
): Partial<GatewayConfiguration> {
  const upstreams = gatewayUpstreams(wanted);
  return {
    ...(hsts > 0 && { hsts }),
    ...(maxTokens > 0 && { maxTokens }),
    ledger: { directory: gatewayState, days: usageDays },
    ...(usagePrice && { price: usagePrice }),
    ...(metricsNetworks.length > 0 && { metricsNetworks }),
    ...(openMetadata && { openMetadata }),
    ...(upstreams && { upstreams }),
  };
}
