import { X509Certificate } from 'node:crypto';
import { readText } from '../../bootstrap/files.ts';
import { type Client, type Feature, features, type Target } from '../../clients/client.ts';
import { type Block, guideBlocks } from '../../clients/guide.ts';
import { clientCalled, clients } from '../../clients/table.ts';
import { failure } from '../../errors/catalogue.ts';
import { GatewayConfiguration } from '../../gateway/configuration.ts';
import { allModels } from '../../gateway/upstreams/models.ts';
import { jsonOrUndefined } from '../../machine/json-text.ts';
import type { Paths } from '../../machine/paths.ts';
import type { ModelRole } from '../../models/image-facts.ts';
import { wrap } from '../../report/wrap.ts';
import type { Call, Result } from './command.ts';
import { done } from './exit-codes.ts';
import { trustAt } from './setup-trust.ts';
import { readStatus } from './status.ts';
import { asText, columns } from './text.ts';

/** Where the CA's certificate is taken to be on the machine of whoever reads this. */
const usualAuthority = { 'own CA': '/path/to/onepilot-ca.crt', 'other CA': '/path/to/ca.crt' } as const;

/**
 * `onepilot setup [CLIENT]`.
 * @throws COMMAND_NO_CLIENT, COMMAND_NO_ENDPOINT, COMMAND_NO_STATUS, COMMAND_STATUS_BROKEN
 */
export async function setup({ words, value, world }: Call): Promise<Result> {
  const [name] = words;
  if (name === undefined) return { code: done, text: clientList(), json: { clients: clients.map(summary) } };
  const client = clientCalled(name);
  const served = await servedTarget(world.paths);
  const trust = await trustAt(hostOf(served.url), world);
  const authority = trust.issuer === 'public CA' ? undefined : (value('ca') ?? usualAuthority[trust.issuer]);
  const target: Target = { ...served, authority };
  const fingerprint = trust.issuer === 'own CA' ? await fingerprintOf(world.paths) : undefined;
  const otherIssuer = trust.issuer === 'other CA' ? trust.name : undefined;
  return {
    code: done,
    text: asText([
      `${client.title}: ${client.about}`,
      ...plain(guideBlocks(client, target, { fingerprint, otherIssuer })),
    ]),
    json: {
      ...summary(client),
      certificate: { issuer: trust.issuer, fingerprint },
      ...client.setup(target),
      notes: client.notes,
    },
  };
}

/** As clients ask for it: an IPv6 address without brackets. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

function clientList(): string {
  const rows = clients.map((client) => [client.name, client.about, shownFeatures(client).join(', ')]);
  return asText([...columns(rows), '', 'How to connect one of them: onepilot setup CLIENT']);
}

function summary(client: Client) {
  return { client: client.name, title: client.title, features: client.features };
}

function shownFeatures(client: Client): readonly Feature[] {
  return features.filter((feature) => client.features[feature] !== undefined);
}

/** What this VM serves, and where. */
async function servedTarget(paths: Paths): Promise<Omit<Target, 'authority'>> {
  const { endpoint } = await readStatus(paths.appliance);
  const configuration = GatewayConfiguration.safeParse(
    jsonOrUndefined(await readText(paths.gatewayConfiguration)),
  ).data;
  const models = configuration ? allModels(configuration) : [];
  const modelWith = (role: ModelRole) => models.find(({ roles }) => roles.includes(role));
  const chat = modelWith('chat');
  if (endpoint === undefined || !chat) throw failure('COMMAND_NO_ENDPOINT', {});
  return {
    url: new URL(endpoint).origin,
    models: { chat, complete: modelWith('complete'), embed: modelWith('embed') },
  };
}

async function fingerprintOf({ authorityCertificate }: Paths): Promise<string | undefined> {
  const pem = await readText(authorityCertificate);
  return pem === undefined ? undefined : new X509Certificate(pem).fingerprint256;
}

function plain(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) => {
    if (block.kind === 'heading') return ['', `# ${block.text}`];
    if (block.kind === 'text') return ['', ...wrap(block.text)];
    return [
      '',
      ...(block.file === undefined ? [] : [`${block.file}:`, '']),
      ...block.text.trimEnd().split('\n'),
    ];
  });
}
