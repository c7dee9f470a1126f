import { fingerprint, type Subjects, wantedSubjects } from '../certificates/own-ca/decide.ts';
import { asProblem } from '../context/parse.ts';
import type { Settings } from '../context/variables.ts';
import { failure, OnePilotError } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import type { KeyRecord } from '../keys/key-record.ts';
import { hasExpired } from '../keys/policy.ts';
import { effectiveKeys } from '../keys/store.ts';
import type { Machine } from '../machine/observe.ts';
import { egressGroup, type Paths } from '../machine/paths.ts';
import type { ImageFacts } from '../models/image-facts.ts';
import type { KeyAtHand, ReportFacts } from '../report/report.ts';
import {
  type Current,
  readCurrent,
  readGatewayGroup,
  readGroup,
  readImageFacts,
  settleCertificates,
  settleKeys,
} from './current.ts';
import { decideCertificates } from './decide-certificates.ts';
import type { MachineIntent } from './machine-intent.ts';
import type { Desired } from './plan.ts';
import type { Egress } from './wanted-egress.ts';
import { missingNics } from './wanted-machine.ts';
import { chooseRun, type Service, wantedService } from './wanted-service.ts';
import type { World } from './world.ts';

/** What is to be served, decided and made ready in memory; nothing has been changed yet. */
export interface Decision {
  readonly run: Service['run'];
  readonly desired: Desired;
  /** Certificates, in PEM: whom to trust when asking the gateway for its health. */
  readonly anchors: string;
  readonly facts: ReportFacts;
  /** What keeps the certificate that the context provides from being served. */
  readonly certificateFault: ContextProblem | undefined;
  /** For the log: why certificates are made anew. */
  readonly remarks: readonly string[];
}

/** Decides what is served on `machine`, from the context and from what earlier runs left. */
export async function decideService(
  { paths, now }: Pick<World, 'paths' | 'now'>,
  { context, parsed, errors: settingsErrors, models: decided, wanted }: MachineIntent,
  machine: Machine,
): Promise<Decision> {
  const image = await readImageFacts(paths.imageFacts);
  const { settings } = parsed;
  const errors = [...wanted.errors, ...settingsErrors];
  const warnings = [
    ...context.warnings,
    ...wanted.warnings,
    // Drivers may load late: only now is an interface that is not there a missing one.
    ...missingNics(wanted.interfaces, machine.nics),
    ...parsed.warnings,
    ...(decided?.warnings ?? []),
    ...clockProblems(image, now()),
  ];

  const current = await readCurrent(paths);
  const subjects = subjectsOf(settings, machine);
  const certificates = await settleCertificates(current, subjects, now(), new Date(image.builtAt * 1000));

  const engine = decided?.engine ?? { preset: '', models: [] };
  const run = chooseRun({ complete: context.complete, errors }, current, machine.hardware.memory);
  const service: Service =
    run === 'configured'
      ? {
          run,
          engine,
          keys: settleKeys(settings, current),
          gateway: settings,
          securityUpdates: settings.securityUpdates,
        }
      : run === 'kept'
        ? { run, gateway: current.gateway }
        : { run, problems: errors };
  const egress = await settleEgress(service, current, paths);
  const isSettled = run === 'configured' && context.complete;
  const others = await decideCertificates(paths, isSettled ? settings : undefined, machine.addresses, now());
  const { trusted, acme } = others;
  const gid = await readGatewayGroup(paths.groups);
  const desired = wantedService(
    { service, egress, certificates, trusted, acme, addresses: machine.addresses },
    gid,
    paths,
  );

  const configured = service.run === 'configured' ? service.keys.records : (current.gateway?.keys ?? []);
  const key = service.run === 'refused' ? undefined : keyAtHand(configured, current, now().getTime());
  const models = service.run === 'configured' ? engine.models : (current.gateway?.models ?? []);
  const facts: ReportFacts = {
    image,
    outcome: 'starting',
    addresses: machine.addresses,
    models: service.run === 'refused' ? [] : models,
    key,
    keyPath: paths.apiKey,
    authorityPath: paths.authorityCertificate,
    fingerprint: fingerprint(certificates.authority.certificate),
    certificate: others.served,
    contextSource: context.source,
    errors,
    warnings: [...warnings, ...others.warnings, ...keyProblems(key, current)],
  };
  const remarks = certificates.made.map((reason) => `a certificate is made; ${reason}`);
  return {
    run: service.run,
    desired,
    anchors: certificates.authority.certificate + (trusted?.certificate ?? ''),
    facts,
    certificateFault: others.fault,
    remarks,
  };
}

/** What the own CA's certificate is for: also what leads here from outside, until others vouch for that. */
function subjectsOf({ tlsDomain, tlsAddress }: Settings, { hostname, addresses }: Machine): Subjects {
  const outside = tlsAddress === undefined || tlsAddress === 'auto' ? [] : [tlsAddress];
  return wantedSubjects(hostname, [...addresses, ...outside], tlsDomain);
}

/** What leads to upstreams: nothing, unless the context names some. @throws AGENT_NO_GROUP */
async function settleEgress(
  service: Service,
  { gateway }: Pick<Current, 'gateway'>,
  { groups }: Pick<Paths, 'groups'>,
): Promise<Egress> {
  if (service.run === 'kept') return { run: gateway?.upstreams ? 'kept' : 'none' };
  if (service.run === 'refused' || service.gateway.upstreams.length === 0) return { run: 'none' };
  const gid = await readGroup(groups, egressGroup);
  return { run: 'configured', upstreams: service.gateway.upstreams, gid };
}

/** Where the first of the keys that work comes from: the context's own before its list, and that before added ones. */
function keyAtHand(
  configured: readonly KeyRecord[],
  { keyStore }: Pick<Current, 'keyStore'>,
  now: number,
): KeyAtHand {
  if (keyStore instanceof OnePilotError) return 'unknown';
  const first = effectiveKeys(configured, keyStore).find((record) => !hasExpired(record, now));
  if (!first) return 'none';
  if (first.name === 'generated') return 'generated';
  if (first.name === 'context') return 'chosen';
  return configured.includes(first) ? 'listed' : 'added';
}

function keyProblems(
  key: KeyAtHand | undefined,
  { keyStore }: Pick<Current, 'keyStore'>,
): readonly ContextProblem[] {
  if (keyStore instanceof OnePilotError) return [asProblem(keyStore)];
  return key === 'none' ? [asProblem(failure('KEY_NONE', {}))] : [];
}

/** A clock behind the image's own build is wrong for certain; whether one is ahead cannot be known. */
function clockProblems({ builtAt }: Pick<ImageFacts, 'builtAt'>, now: Date): ContextProblem[] {
  if (now.getTime() >= builtAt * 1000) return [];
  return [asProblem(failure('AGENT_CLOCK_BEHIND', { now: now.toISOString() }))];
}
