import plugin from 'fastify-plugin';
import type { ModelStatus } from '../../engine/client.ts';
import type { OnePilotError } from '../../errors/catalogue.ts';
import { fetchText } from '../../models/fetch-text.ts';
import { type Fetched, readFetching } from '../../models/progress.ts';
import type { Status } from '../../report/status.ts';
import { type Absence, absencesOf } from '../absences.ts';
import type { Admission, ModelQueue, Place } from '../admission/admission.ts';
import { type Correction, correctionOf, readStatus } from '../appliance-status.ts';
import type { Caller } from '../caller.ts';
import type { ContextProblem } from '../configuration.ts';
import { refusedRetrySeconds } from '../fault.ts';
import { problemForStrangers, statusForStrangers } from '../for-strangers.ts';
import type { ModelKeeper } from '../keeping/keeper.ts';
import { mainModel } from '../models.ts';
import { remembered } from '../remembered.ts';
import type { EngineTraffic } from '../traffic.ts';
import { callerIfAny } from './authentication.ts';

export interface StatusPageOptions {
  /** Cheap enough to be asked by anyone at any rate. */
  readonly modelStatus: (id: string) => Promise<ModelStatus>;
  readonly keeper: ModelKeeper;
  readonly traffic: EngineTraffic;
  readonly admission: Admission;
  /** Why the certificate that others trust is not served, where one is named. */
  readonly certificateProblem: () => OnePilotError | undefined;
}

/** As the agent writes it. Before it has written anything, nobody else knows the version. */
type StatusAnswer = Omit<Status, 'version'> & Partial<Pick<Status, 'version'>>;

/** The models that are away for longer; left out while there are none. */
interface Absences {
  readonly unavailable?: readonly Absence[];
}

/** A file of weights that is on its way. What it is called is for people with a key. */
interface Arrival {
  readonly id?: string;
  readonly holds: Fetched['holds'];
  readonly progress: string;
}

/** How busy the engine is, and where the requests of the key are that asks: others' are nobody's business. */
interface Queue {
  readonly queue: {
    readonly models: readonly ModelQueue[];
    readonly yours: readonly Omit<Place, 'key'>[];
  };
}

/** Left out while there are none. */
interface Arrivals {
  readonly fetching?: readonly Arrival[];
}

/**
 * `GET /status`: how far the appliance is, for everybody: the agent's word and what is different by now. Without a
 * key, it does not say where models come from.
 */
export const statusPage = plugin<StatusPageOptions>(
  async (app, { modelStatus, keeper, traffic, admission, certificateProblem }) => {
    const startedAt = new Date().toISOString();
    const reportedStatus = remembered(readStatus);
    const arrivals = remembered(readArrivals);
    const beginningOf = beginnings();

    app.get('/status', { config: { public: true, tellsRefusal: true } }, async (request, reply) => {
      const { configuration, keysKnown } = request.inForce;
      const { models, problems, status: path, fetching } = configuration;
      const refused = problems.length > 0;
      const model = mainModel(models);
      const [caller, reported, arriving, engine] = await Promise.all([
        callerIfAny(request),
        reportedStatus(path),
        fetching === undefined ? [] : arrivals(fetching),
        model ? modelStatus(model.id) : ('unloaded' as const),
      ]);
      const isKnown = caller !== undefined;
      const unreported = { state: 'booting', since: startedAt, models: models.map(({ id }) => id) } as const;
      const said = reported && !isKnown ? statusForStrangers(reported) : reported;
      const status: StatusAnswer = said ?? { ...unreported, errors: [], warnings: [] };
      const unavailable = absencesOf(models, (id) => keeper.residenceOf(id));
      const mainAbsence = unavailable.find((absence) => absence.model === model?.id);
      const otherAbsence = unavailable.find((absence) => absence !== mainAbsence);
      const untrusted = certificateProblem();
      const seen = { refused, held: traffic.held, keysKnown, untrusted, engine, mainAbsence, otherAbsence };
      const correction = correctionOf(status.state, seen);
      const since = beginningOf(correction);

      reply.header('cache-control', 'no-store');
      if (refused) reply.code(503).header('retry-after', refusedRetrySeconds);
      const refusal = isKnown ? problems : problems.map(problemForStrangers);
      const absences: Absences = unavailable.length > 0 ? { unavailable } : {};
      const errors = [
        ...(status.errors.length > 0 ? status.errors : refusal),
        ...unavailable.flatMap(asError),
        ...(untrusted ? [{ code: untrusted.code, what: untrusted.message, fix: untrusted.fix }] : []),
      ];
      const more = {
        ...absences,
        ...arrivalsFor(isKnown, arriving),
        ...(caller && queueFor(caller, admission)),
      };
      if (!correction) return { ...status, errors, ...more };
      // Both were said of the other state.
      const { progress: _, reason: __, ...kept } = status;
      return { ...kept, ...correction, since, errors, ...more };
    });
  },
);

function queueFor({ name }: Caller, { places, queues }: Admission): Queue {
  const yours = places.filter((place) => place.key === name).map(({ key: _, ...place }) => place);
  return { queue: { models: queues, yours } };
}

async function readArrivals(path: string): Promise<readonly Fetched[]> {
  const { fetching } = await readFetching(path);
  return fetching?.endedAt === undefined ? (fetching?.files ?? []) : [];
}

function arrivalsFor(isKnown: boolean, files: readonly Fetched[]): Arrivals {
  if (files.length === 0) return {};
  return {
    fetching: files.map(({ id, holds, progress }) =>
      isKnown ? { id, holds, progress: fetchText(progress) } : { holds, progress: shareText(progress) },
    ),
  };
}

/** State and per cent: reasons name servers. */
function shareText(progress: Fetched['progress']): string {
  const { state } = progress;
  if (!('received' in progress) || !progress.size) return state;
  return `${state}, ${Math.floor((100 * progress.received) / progress.size)} %`;
}

/** A shed model is no error: it comes back. */
function asError({ state, code, what, fix }: Absence): ContextProblem[] {
  return state === 'failed' ? [{ code, what, fix }] : [];
}

/** When each correction was first made, ISO 8601: the agent's time is that of another state. */
function beginnings(): (correction: Correction | undefined) => string {
  let last: Correction | undefined;
  let since = '';
  return (correction) => {
    if (correction?.reason !== last?.reason) since = new Date().toISOString();
    last = correction;
    return since;
  };
}
