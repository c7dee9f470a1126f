/** The agent's part of the error catalogue (see catalogue.ts). */
export const agentErrors = {
  AGENT_FAILED: {
    what: 'The agent stopped: {reason}',
    fix: 'See journalctl -u onepilot-agent -u onepilot-reconcile, then run: onepilot reconcile',
  },
  AGENT_COMMAND_FAILED: {
    what: '{command} failed: {output}',
    fix: 'See journalctl -b for what the command met.',
  },
  AGENT_NO_GROUP: {
    what: 'This image has no group {group}.',
    fix: 'Run systemd-sysusers, then: onepilot reconcile',
  },
  AGENT_BUSY: {
    what: 'Another run of the agent has been changing this machine for {seconds} seconds.',
    fix: 'Wait for it (onepilot status shows how far it is), then try again.',
  },
  AGENT_CLOCK_BEHIND: {
    what: 'The clock says {now}, which is before this image was built.',
    fix: 'Let the VM reach a time server (timedatectl status), or correct the host’s clock.',
  },
  AGENT_NO_ADDRESS: {
    what: 'The machine has no network address yet, so nobody can reach it.',
    fix: 'Check the NIC’s network in OpenNebula: no address was given and no DHCP server answered. It is picked up as soon as it comes.',
  },
  AGENT_BAD_IMAGE_FACTS: {
    what: '{path} is missing or not what this version expects.',
    fix: 'The image is damaged or was changed: instantiate it again.',
  },
  BOOTSTRAP_UNIT_FAILED: {
    what: '{unit} does not stay up ({state}, restarted {restarts} times).',
    fix: 'See journalctl -u {unit}; with too little memory, give the VM more or lower ONEAPP_COPILOT_CONTEXT_SIZE.',
  },
  BOOTSTRAP_MODEL_FAILED: {
    what: 'The engine could not load its model: {reason}',
    fix: 'journalctl -u onepilot-engine has its words, onepilot models verify checks the file, onepilot models explain the memory.',
  },
  BOOTSTRAP_TIMEOUT: {
    what: 'The gateway was not ready after {seconds} seconds; its last answer was: {answer}.',
    fix: 'See journalctl -u onepilot-gateway -u onepilot-engine. The engine may still be loading.',
  },
} as const;
