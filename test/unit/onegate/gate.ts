import { onTestFinished } from 'vitest';
import { Secret } from '../../../src/context/secret.ts';
import type { OneGateSettings } from '../../../src/onegate/settings.ts';
import { type OneGateDouble, type OneGateOptions, startOneGate } from '../../support/onegate/server.ts';

export const token = 'dG9rZW4tb2YtdGhpcy1WTQ==';

/** A OneGate of its own for one test, and the settings of the VM that talks to it. */
export async function gateWith(
  options: Partial<OneGateOptions> = {},
): Promise<{ gate: OneGateDouble; settings: OneGateSettings }> {
  const gate = await startOneGate({ host: '127.0.0.1', port: 0, token, vmid: '42', ...options });
  onTestFinished(() => gate.close());
  return { gate, settings: settingsFor(gate.url) };
}

export function settingsFor(endpoint: string): OneGateSettings {
  return { endpoint, vmId: '42', token: new Secret(token), reportReady: true, readyScript: undefined };
}
