import type { Status } from '../report/status.ts';

/** Characters of a value; the user template is stored in OpenNebula's database with every change. */
const longest = 200;

/**
 * `text` in the characters that OneGate passes on unharmed (its `escape_attr` corrupts commas, brackets,
 * backslashes and quotes; newlines start another attribute); undefined when nothing is left of it.
 */
export function safeValue(text: string): string | undefined {
  const safe = text
    .normalize('NFKD')
    .replace(/[\p{M}"'`´‘’“”«»]/gu, '')
    .replace(/\p{Pd}/gu, '-')
    .replace(/%/g, ' per cent')
    .replace(/[^A-Za-z0-9 ._:/=+-]+/g, ' ')
    // OneFlow looks for this string anywhere in what a VM tells.
    .replace(/READY[ =]*=/gi, 'READY ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .slice(0, longest)
    .trimEnd();
  return safe || undefined;
}

/**
 * What the VM's user template says of the appliance. What is not known is left out, and then keeps the value
 * it had; STATUS is always there, so that no old trouble outlives its cause. No name ends in READY: OneFlow
 * would take it for the VM's own.
 */
export function attributesOf(status: Status): Record<string, string> {
  const { state, version, endpoint, models } = status;
  const wanted = {
    ONEAPP_COPILOT_STATE: state,
    // A URL that would have to be changed (an IPv6 address has brackets) is of no use to anybody.
    ONEAPP_COPILOT_ENDPOINT: endpoint && safeValue(endpoint) === endpoint ? endpoint : '',
    ONEAPP_COPILOT_MODEL: models.join(' '),
    ONEAPP_COPILOT_VERSION: version,
    ONEAPP_COPILOT_STATUS: sentence(status),
  };
  const attributes: Record<string, string> = {};
  for (const [name, text] of Object.entries(wanted)) {
    const value = safeValue(text);
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
}

function sentence({ reason, errors, progress }: Status): string {
  if (reason) return reason;
  if (errors[0]) return errors[0].what;
  return progress === undefined ? 'ok' : `model read: ${progress} %`;
}
