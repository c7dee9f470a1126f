import type { RawValues } from '../context/context-sh.ts';
import { asProblem, given } from '../context/parse.ts';
import { Secret } from '../context/secret.ts';
import { shown } from '../context/shown.ts';
import { failure } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';

/** What must succeed before the VM is reported as ready, beside the model's own answer. */
export type ReadyScript =
  /** READY_SCRIPT_PATH: a program on the VM. */
  | { readonly path: string }
  /** READY_SCRIPT, decoded: it may hold a password. */
  | { readonly text: Secret };

/** How this VM talks to OneGate. */
export interface OneGateSettings {
  /** Base URL without a slash at its end. */
  readonly endpoint: string;
  /** Decimal. */
  readonly vmId: string;
  readonly token: Secret;
  /** Whether READY=YES is wanted: OneFlow may be waiting for it. */
  readonly reportReady: boolean;
  readonly readyScript: ReadyScript | undefined;
}

export interface ParsedOneGate {
  /** Undefined when there is no OneGate for this VM: everything else must work without. */
  readonly settings: OneGateSettings | undefined;
  readonly warnings: readonly ContextProblem[];
}

/**
 * Reads ONEGATE_ENDPOINT, VMID, REPORT_READY, READY_SCRIPT and READY_SCRIPT_PATH.
 * @param token What OpenNebula put beside them (`token.txt`).
 */
export function parseOneGate(values: RawValues, token: Secret | undefined): ParsedOneGate {
  const warnings: ContextProblem[] = [];
  const reportReady = /^(yes|y|true|1)$/i.test(given(values, 'REPORT_READY') ?? '');

  const endpointText = given(values, 'ONEGATE_ENDPOINT');
  const endpoint = endpointText && baseUrl(endpointText);
  if (endpointText && !endpoint) {
    // What stands before an @ may be a password.
    const found = shown(endpointText.replace(/^.*@/s, '[secret]@'));
    warnings.push(asProblem(failure('ONEGATE_BAD_ENDPOINT', { found }), 'ONEGATE_ENDPOINT'));
  }
  const vmIdText = given(values, 'VMID');
  const vmId = vmIdText && /^\d{1,10}$/.test(vmIdText) ? vmIdText : undefined;
  if (vmIdText && !vmId) {
    warnings.push(asProblem(failure('ONEGATE_BAD_VMID', { found: shown(vmIdText) }), 'VMID'));
  }
  const usableToken = token && headerValue(token);

  if (endpoint && vmId && usableToken) {
    const readyScript = readReadyScript(values);
    return { settings: { endpoint, vmId, token: usableToken, reportReady, readyScript }, warnings };
  }
  if (reportReady) {
    const missing = [
      ...(endpoint ? [] : ['ONEGATE_ENDPOINT']),
      ...(vmId ? [] : ['VMID']),
      ...(usableToken ? [] : ['token']),
    ].join(', ');
    warnings.push(asProblem(failure('ONEGATE_INCOMPLETE', { missing }), 'REPORT_READY'));
  }
  return { settings: undefined, warnings };
}

function baseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  // Credentials in it would end up in messages; a query would end up in the middle of the path.
  if (url.username || url.password || url.search || url.hash) return undefined;
  return url.href.replace(/\/+$/, '');
}

/** Base64 may come in several lines, which OneGate ignores but a header cannot hold. */
function headerValue(token: Secret): Secret | undefined {
  const text = token.reveal().replace(/\s/g, '');
  return /^[\x21-\x7e]+$/.test(text) ? new Secret(text) : undefined;
}

function readReadyScript(values: RawValues): ReadyScript | undefined {
  const path = given(values, 'READY_SCRIPT_PATH');
  if (path) return { path };
  const text = given(values, 'READY_SCRIPT');
  return text === undefined ? undefined : { text: new Secret(decodeScript(text)) };
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?$/;

/**
 * One-context decodes whatever looks like base64, which spoils plain commands such as `true`; here the result
 * must be text as well.
 */
function decodeScript(text: string): string {
  const packed = text.replace(/\r?\n/g, '');
  if (!base64.test(packed)) return text;
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(packed, 'base64'));
    return /[^\P{Cc}\t\r\n]/u.test(decoded) ? text : decoded;
  } catch {
    return text;
  }
}
