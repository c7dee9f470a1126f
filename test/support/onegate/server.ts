import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeAttributes } from './escape-attr.ts';
import { parseTemplate, type UserTemplate } from './user-template.ts';

/**
 * OneGate's HTTP interface for one VM, as src/onegate/onegate-server.rb and OneGateCloudAuth.rb behave. Scaling
 * of roles, actions on VMs, virtual routers and networks are not there.
 */
export interface OneGateDouble {
  readonly url: string;
  /** What the VM has told so far. It stays over restarts of the VM, as in OpenNebula. */
  readonly userTemplate: UserTemplate;
  readonly requests: readonly RecordedRequest[];
  /** The next `times` requests meet this; undefined ends what was injected before. */
  fault(fault: Fault | undefined, times?: number): void;
  close(): Promise<void>;
}

export interface RecordedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
}

export type Fault =
  /** Refuses, without effect. */
  | { readonly kind: 'status'; readonly status: number; readonly text: string; readonly location?: string }
  /** Takes the request and says nothing. */
  | { readonly kind: 'hang' }
  /** Closes the connection without a word. */
  | { readonly kind: 'drop' }
  /** Does and answers what was asked, but only then. */
  | { readonly kind: 'slow'; readonly milliseconds: number };

export interface OneGateOptions {
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
  readonly token: string;
  readonly vmid: string;
  readonly userTemplate?: UserTemplate;
  /** The OneFlow service the VM belongs to; standalone without. */
  readonly serviceId?: string;
  /** PEM; https with these, http without. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location?: string;
}

const restricted = ['SCHED_REQUIREMENTS', 'SERVICE_ID', 'ROLE_NAME'];
const ok: Answer = { status: 200, text: '' };

export async function startOneGate(options: OneGateOptions): Promise<OneGateDouble> {
  const { serviceId } = options;
  const userTemplate: UserTemplate = {
    ...options.userTemplate,
    ...(serviceId !== undefined && { SERVICE_ID: serviceId, ROLE_NAME: 'copilot' }),
  };
  const requests: RecordedRequest[] = [];
  let fault: Fault | undefined;
  let faultyRequests = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const { method = '', url: path = '' } = request;
    requests.push({ method, path, body });
    const met = faultyRequests > 0 ? fault : undefined;
    faultyRequests -= 1;
    if (met?.kind === 'drop') return void request.socket.destroy();
    if (met?.kind === 'hang') return;
    if (met?.kind === 'slow') await sleep(met.milliseconds);
    const reply = met?.kind === 'status' ? met : handle(options, userTemplate, { request, path, body });
    if (reply.location) response.setHeader('location', reply.location);
    response.writeHead(reply.status, { 'content-type': 'application/json;charset=utf-8' }).end(reply.text);
  };
  // Who leaves in the middle of a request is a fault of theirs that OneGate survives.
  const serve = (request: IncomingMessage, response: ServerResponse) =>
    void answer(request, response).catch(() => {});
  const server = options.tls ? createSecureServer(options.tls, serve) : createServer(serve);
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(options.port, options.host, listening.resolve);
  await listening.promise;
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;

  return {
    url: `${options.tls ? 'https' : 'http'}://${options.host}:${port}`,
    userTemplate,
    requests,
    fault(next, times = 1) {
      fault = next;
      faultyRequests = times;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Call {
  readonly request: IncomingMessage;
  readonly path: string;
  readonly body: string;
}

function handle(options: OneGateOptions, userTemplate: UserTemplate, call: Call): Answer {
  const { method = '', headers } = call.request;
  const [path = '', query = ''] = call.path.split('?');
  const vm = /^\/vm$/.test(path) ? options.vmid : /^\/vms\/([^/]+)$/.exec(path)?.[1];
  const isService = path === '/service' && method === 'GET';
  const isVm = vm !== undefined && (method === 'GET' || method === 'PUT');
  const isRoot = path === '/' && method === 'GET';
  if (!isService && !isVm && !isRoot) {
    return { status: 400, text: "OneGate server doesn't support this feature" };
  }
  if (headers['x-onegate-token'] !== options.token || headers['x-onegate-vmid'] !== options.vmid) {
    return { status: 401, text: 'Not authorized' };
  }

  if (isRoot) {
    const base = `http://${headers.host}`;
    return json({ vm_info: `${base}/vm`, service_info: `${base}/service` });
  }
  if (isService) return service(options, userTemplate, query);
  if (vm !== options.vmid) return foreignVm(options, String(vm));
  if (method === 'GET') return json(shown(options, userTemplate));
  return update(userTemplate, call, query);
}

function update(userTemplate: UserTemplate, { request, body }: Call, query: string): Answer {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const parameters = new URLSearchParams(isForm ? `${query}&${body}` : query);
  const type = Number.parseInt(parameters.get('type') ?? '1', 10);
  const text = escapeAttributes(parameters.get('data') ?? body);

  for (const line of text.split('\n')) {
    const name = line.split('=')[0] ?? '';
    if (!restricted.includes(name.toUpperCase())) continue;
    return { status: 403, text: `Attribute (${name}) cannot be ${type === 1 ? 'modified' : 'deleted'}` };
  }
  if (type === 2) {
    if (!Object.hasOwn(userTemplate, text)) return { status: 500, text: 'attribute not found' };
    delete userTemplate[text];
  }
  if (type === 1) {
    const changes = parseTemplate(text);
    if (!changes) return { status: 500, text: '[one.vm.update] Cannot update template. Parse error.' };
    Object.assign(userTemplate, changes);
  }
  return ok;
}

function service(options: OneGateOptions, userTemplate: UserTemplate, query: string): Answer {
  const { serviceId: id, vmid } = options;
  if (id === undefined) return { status: 400, text: 'Empty or invalid SERVICE_ID' };
  // Any value will do, `extended=false` too; only without a value does Ruby take it for false.
  const isExtended = /(^|&)extended=/.test(query);
  const record = shown(options, userTemplate).VM;
  const whole = { ...record, TEMPLATE: { ...record.TEMPLATE, CONTEXT: { TOKEN: 'YES', VMID: vmid } } };
  const brief = { ID: vmid, NAME: record.NAME, UNAME: 'oneadmin' };
  const node = { deploy_id: Number(vmid), running: true, vm_info: { VM: isExtended ? whole : brief } };
  const role = { name: 'copilot', cardinality: 1, state: 2, nodes: [node] };
  return json({ SERVICE: { name: 'Copilot', id, state: 2, roles: [role] } });
}

function foreignVm({ serviceId }: OneGateOptions, asked: string): Answer {
  const text =
    serviceId === undefined
      ? 'This VM does not belong to any Virtual Router or Service, so it cannot retrieve information from other VMs'
      : `Service ${serviceId} does not contain VM ${asked}.`;
  return { status: 400, text };
}

/** All scalars are strings; an empty one has become an empty object on its way through XML. */
function shown({ vmid }: OneGateOptions, userTemplate: UserTemplate) {
  const attributes = Object.entries(userTemplate).map(([name, value]) => [name, value === '' ? {} : value]);
  return {
    VM: {
      NAME: 'copilot',
      ID: vmid,
      STATE: '3',
      LCM_STATE: '3',
      USER_TEMPLATE: Object.fromEntries(attributes),
      TEMPLATE: { NIC: [{ IP: '10.0.2.15', MAC: '52:54:00:12:34:56' }], NIC_ALIAS: [] },
    },
  };
}

function json(value: unknown): Answer {
  return { status: 200, text: JSON.stringify(value) };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
