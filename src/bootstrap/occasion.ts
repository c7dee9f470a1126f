/**
 * When the agent runs: once as the machine starts; again whenever something may have changed; or because
 * one-apps' `service configure` asks for the configuration alone, without waiting for the service.
 */
export type Occasion = 'boot' | 'reconcile' | 'configure';
