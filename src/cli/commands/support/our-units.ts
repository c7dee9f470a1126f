import { units, watcher } from '../../../machine/paths.ts';

/** Every unit of the image's own, by name: a pattern would leave out those that systemd has not loaded. */
export const ourUnits: readonly string[] = [
  units.agent,
  units.reconcile,
  'onepilot-reconcile.path',
  'onepilot-reconcile.timer',
  units.engine,
  'onepilot-gateway-http.socket',
  units.gatewaySocket,
  units.gateway,
  units.egressSocket,
  units.egress,
  units.acmeTimer,
  units.acme,
  units.fetchModels,
  units.reportReady,
  'onepilot-notice.path',
  'onepilot-notice.service',
  'onepilot-clock-set.path',
  'onepilot-clock-set.service',
  'onepilot-context-again.service',
  'onepilot-without-context.service',
  watcher,
];
